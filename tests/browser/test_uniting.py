"""Two accounts become one in a real browser, with scripts and without."""

import pytest

from tests.browser import axe
from tests.browser.driver import Driver
from tests.browser.uniting import uniting
from tests.browser.visits import House

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_every_page_on_the_way(at: House, driver: Driver, languages: tuple[str, ...]) -> None:
    """No complaint, one h1, the right language, no finding of axe-core; the last page says what became of both."""
    rules = axe.source()
    for language in languages:
        for name in uniting(driver, at, language):
            assert [] == [line for line in driver.complaints() if "Failed to load resource" not in line], name
            seen = driver.run("return [document.querySelectorAll('h1').length, document.documentElement.lang]")
            assert (1, language) == tuple(seen), name
            if rules is not None:
                assert [] == axe.findings(driver, rules), name


def test_without_scripts(at: House, without_scripts: Driver) -> None:
    """None of the steps needs one."""
    assert ["en-merge", "en-merge-code", "en-merge-wrong", "en-merge-done"] == list(uniting(without_scripts, at, "en"))
