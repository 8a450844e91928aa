"""Two accounts become one in a real browser, with scripts and without."""

import pytest

from tests.browser.driver import Driver
from tests.browser.judge import faults
from tests.browser.uniting import uniting
from tests.browser.visits import House

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_every_page_on_the_way(at: House, driver: Driver, languages: tuple[str, ...]) -> None:
    """Nothing is wrong with any page (judge.py); the last one says what became of both."""
    for language in languages:
        for name in uniting(driver, at, language):
            assert [] == faults(driver, language), name


def test_without_scripts(at: House, without_scripts: Driver) -> None:
    """None of the steps needs one."""
    seen = [name.removeprefix("en-merge") for name in uniting(without_scripts, at, "en")]
    assert ["", "-code", "-wrong", "-done", "-arrive-unproved", "-arrive-same", "-arrive", "-arrive-done"] == seen
