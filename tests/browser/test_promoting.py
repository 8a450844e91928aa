"""An app is registered, handed in and approved in a real browser."""

import pytest

from tests.browser.driver import Driver
from tests.browser.judge import faults
from tests.browser.promoting import promoting
from tests.browser.visits import House

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_every_page_on_the_way(at: House, driver: Driver, languages: tuple[str, ...]) -> None:
    """Nothing is wrong with any page (judge.py)."""
    for language in languages:
        for name in promoting(driver, at, language):
            assert [] == faults(driver, language), name
