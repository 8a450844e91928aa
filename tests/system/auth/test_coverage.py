"""How often each thing that OAuth clients do is proven by a library that is not ours."""

from tests.system.auth.parties import COMPLETED, EVERYTHING

BUILT_ON = {"openid-client": "oauth4webapi"}
"""Libraries that leave the protocol to another one: together they are one witness."""


def test_four_libraries_complete_everything_at_least_twice() -> None:
    """What stands in COMPLETED is what their tests demand of each of them."""
    witnesses: dict[str, set[str]] = {what: set() for what in EVERYTHING}
    for library, done in COMPLETED.items():
        for what in done:
            witnesses[what].add(BUILT_ON.get(library, library))
    assert {} == {what: found for what, found in witnesses.items() if len(found) < 2}
    assert len({BUILT_ON.get(library, library) for library in COMPLETED}) >= 4
