"""A stack and a browser for tests of pages; without a browser they are skipped, and say so."""

from collections.abc import Iterator

import pytest

from tests.browser.driver import BrowserMissing, Driver, installed
from tests.browser.visits import House, house
from tests.system.stack import generous, running


@pytest.fixture(scope="session")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One for all, without limits: from one address one may sign in only so often."""
    try:
        installed()
    except BrowserMissing as missing:
        pytest.skip(f"NO BROWSER, NOTHING WAS LOOKED AT: {missing}")
    with running(generous(tmp_path_factory.mktemp("limits"))) as stack:
        yield house(stack)


@pytest.fixture(scope="session")
def languages(pytestconfig: pytest.Config) -> tuple[str, ...]:
    """Each page in each of them; in the short form the one with the longer words."""
    return ("en",) if pytestconfig.getoption("--short") else ("en", "ko")


@pytest.fixture
def driver() -> Iterator[Driver]:
    with Driver() as one:
        yield one


@pytest.fixture
def without_scripts() -> Iterator[Driver]:
    with Driver(scripts=False) as one:
        yield one
