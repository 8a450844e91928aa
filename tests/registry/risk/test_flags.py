"""The six flags, rule by rule (registry.md 8)."""

from datetime import UTC, datetime, timedelta

import pytest

from services.registry.risk import flags
from services.registry.risk.flags import Evaluation

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def found(
    name: str = "Acme Notes",
    uris: tuple[str, ...] = ("http://localhost/cb",),
    scopes: tuple[str, ...] = ("openid",),
    before: int = 0,
    age: timedelta = timedelta(days=30),
) -> Evaluation:
    return flags.evaluate(
        name=name,
        redirect_uris=uris,
        scopes=scopes,
        registered_in_window=before,
        account_created_at=NOW - age,
        now=NOW,
    )


@pytest.mark.parametrize(
    ("uri", "flagged"),
    [
        ("https://*.acme.example/cb", True),
        ("https://acme.example/*", True),
        ("https://acme.example/cb?x=*", True),
        ("https://acme.example/%2A", False),
        ("https://acme.example/cb", False),
    ],
)
def test_wildcards(uri: str, flagged: bool) -> None:
    """Any `*` anywhere is a hard flag."""
    evaluation = found(uris=("http://localhost/cb", uri))
    assert (["wildcard_redirect_uri"] if flagged else []) == [flag.code for flag in evaluation.flags]
    assert flagged == evaluation.hard


@pytest.mark.parametrize(
    ("scopes", "codes", "hard"),
    [
        (("openid", "profile:basic", "email", "phone", "offline_access"), [], False),
        (("openid", "address"), ["unlisted_scope"], False),
        (("identity:level",), ["unlisted_scope"], False),
        (("acme:read",), ["unlisted_scope"], False),
        (("admin",), ["sensitive_scope", "unlisted_scope"], True),
        (("acme:ADMIN",), ["sensitive_scope", "unlisted_scope"], True),
        (("acme.root:x",), ["sensitive_scope", "unlisted_scope"], True),
        (("superuser:x",), ["sensitive_scope", "unlisted_scope"], True),
        (("files:all",), ["sensitive_scope", "unlisted_scope"], True),
        (("internal:read",), ["sensitive_scope", "unlisted_scope"], True),
        (("administrators:read",), ["unlisted_scope"], False),
        (("console:read", "console:manage"), ["sensitive_scope", "unlisted_scope"], False),
        (("console:admin",), ["sensitive_scope", "unlisted_scope"], True),
        (("console:read", "admin"), ["sensitive_scope", "unlisted_scope"], True),
    ],
)
def test_scopes(scopes: tuple[str, ...], codes: list[str], hard: bool) -> None:
    """A powerful scope is hard, the console's are soft, whatever else is not on the list is unlisted."""
    evaluation = found(scopes=scopes)
    assert (codes, hard) == ([flag.code for flag in evaluation.flags], evaluation.hard)


@pytest.mark.parametrize(
    ("name", "flagged"),
    [
        *((name, True) for name in ("test", "Sample", " FOO ", "untitled", "test app", "Test App 2", "test_1")),
        *((name, True) for name in ("app123", "App 1", "app-7")),
        *((name, False) for name in ("My App", "app", "Test Kitchen", "Footage", "contest", "apple1", "sample sale")),
    ],
)
def test_names(name: str, flagged: bool) -> None:
    """Whole placeholder names only; the guide's own example is clean."""
    assert (["suspicious_app_name"] if flagged else []) == [flag.code for flag in found(name=name).flags]


def test_volume_and_age() -> None:
    """The fifth app within 168 hours, and an account of less than 168 hours; on the hour it is clean."""
    assert [] == list(found(before=3).flags)
    assert ["high_volume_developer"] == [flag.code for flag in found(before=4).flags]
    week = timedelta(hours=168)
    assert ["new_developer_account"] == [flag.code for flag in found(age=week - timedelta(seconds=1)).flags]
    assert [] == list(found(age=week).flags)
