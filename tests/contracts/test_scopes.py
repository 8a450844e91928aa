"""Which scope covers which."""

import pytest

from contracts.scopes import ADMIN_PAK_SCOPES, PAK_SCOPES, covers


@pytest.mark.parametrize(
    ("held", "needed"),
    [
        ("apps:read", "apps:read"),
        ("apps:manage", "apps:read"),
        ("profile:write", "profile:read"),
        ("admin:review", "admin:read"),
        ("console:read", "apps:read"),
        ("console:manage", "apps:manage"),
        ("console:manage", "apps:read"),
        ("console:manage", "console:read"),
    ],
)
def test_covered(held: str, needed: str) -> None:
    """The stronger scope of an area carries the weaker, and the console's carry those of apps."""
    assert covers([held], needed)


@pytest.mark.parametrize(
    ("held", "needed"),
    [
        ("apps:read", "apps:manage"),
        ("apps:manage", "team:read"),
        ("console:read", "apps:manage"),
        ("admin:review", "apps:read"),
        ("apps", "apps:read"),
        ("apps:manage:x", "apps:read"),
        ("", "apps:read"),
        ("openid", "apps:read"),
    ],
)
def test_not_covered(held: str, needed: str) -> None:
    """Nothing is stronger than it says, and no area carries another."""
    assert not covers([held], needed)


def test_nothing_covers_nothing() -> None:
    """Without any scope nothing is covered."""
    assert not any(covers([], needed) for needed in (*PAK_SCOPES, *ADMIN_PAK_SCOPES))
