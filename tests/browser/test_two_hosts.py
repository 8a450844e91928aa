"""A real browser between two hosts, with their redirects, cookies and policies: the console has a host of its own."""

from collections.abc import Iterator

import pytest

from tests.browser.driver import BrowserMissing, Driver, installed
from tests.browser.visits import House, house
from tests.system.stack import free_ports, generous, running

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A platform at `localhost`, whose console is at `127.0.0.1`: two hosts to every browser."""
    try:
        installed()
    except BrowserMissing as missing:
        pytest.skip(f"NO BROWSER, NOTHING WAS LOOKED AT: {missing}")
    port = free_ports()
    settings = generous(tmp_path_factory.mktemp("limits")) | {"LOGI_CONSOLE_ORIGIN": f"http://127.0.0.1:{port}"}
    with running(settings, port) as stack:
        yield house(stack)


def test_a_person_signs_in_at_one_host_and_works_at_the_other(apart: House, driver: Driver) -> None:
    """Opening the console leads to the issuer's sign-in page and from its form back; signing out ends it there; what an
    authorization needs is asked for at the issuer's host again, because no session is on both.
    """
    console = apart.issuer.replace("localhost", "127.0.0.1")
    driver.go(f"{console}/developer/applications")
    assert driver.arrives(f"{apart.issuer}/session/new")
    apart.sign_in(driver)
    assert driver.arrives(f"{console}/developer/applications")
    driver.go(f"{apart.issuer}/account/security")
    assert driver.arrives(f"{console}/account/security")
    driver.go(apart.authorize())
    assert driver.arrives(f"{apart.issuer}/session/new")
    driver.go(f"{console}/console")
    driver.press("form[action='/session/sign_out'] button")
    assert driver.arrives(f"{apart.issuer}/session/new")
    driver.go(f"{console}/console")
    assert driver.arrives(f"{apart.issuer}/session/new")
    assert [] == driver.complaints()
