"""How often each thing that OAuth clients do is proven by a library that is not ours."""

from collections import Counter

from tests.system.auth.parties import COMPLETED, EVERYTHING


def test_four_libraries_complete_everything_at_least_twice() -> None:
    """What stands in COMPLETED is what their tests demand of each of them."""
    counted = Counter(what for done in COMPLETED.values() for what in done)
    assert {} == {what: counted[what] for what in EVERYTHING if counted[what] < 2}
    assert len(COMPLETED) >= 4
