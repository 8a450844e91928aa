"""A platform whose console has a host of its own: one person, two hosts, and no session that is on both."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from tests.system.journey.browser import forms
from tests.system.stack import Stack, free_ports, generous, running


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    port = free_ports()
    settings = generous(tmp_path_factory.mktemp("limits")) | {"LOGI_CONSOLE_ORIGIN": f"http://127.0.0.1:{port}"}
    with running(settings, port) as stack:
        yield stack


@pytest.fixture
async def browser(apart: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """It goes wherever it is sent; its cookies are each host's own."""
    async with httpx.AsyncClient(timeout=30, follow_redirects=True, headers={"accept": "text/html"}) as one:
        yield one


def console(stack: Stack) -> str:
    return f"http://127.0.0.1:{stack.port}"


async def signed_in(browser: httpx.AsyncClient, stack: Stack) -> httpx.Response:
    """Opens the console, fills in the sign-in page it is sent to, and goes on to where that leads."""
    page = await browser.get(f"{console(stack)}/developer/applications")
    assert f"{stack.issuer}/session/new" == str(page.url).partition("?")[0]
    form = next(form for form in forms(page) if "password" in form.fields)
    person = {"email": stack.credentials["operator_email"], "password": stack.credentials["operator_password"]}
    headers = {"origin": stack.issuer, "sec-fetch-site": "same-origin"}
    return await browser.post(f"{stack.issuer}{form.action}", data={**form.fields, **person}, headers=headers)


async def test_the_console_is_opened_at_its_own_host(browser: httpx.AsyncClient, apart: Stack) -> None:
    """One form at the issuer's host, and the page that was asked for opens at the console's; the issuer's cookie opens
    nothing from then on, and neither host takes a form of the other's pages.
    """
    arrived = await signed_in(browser, apart)
    assert (200, f"{console(apart)}/developer/applications") == (arrived.status_code, str(arrived.url))
    me = [(await browser.get(f"{host}/api/v1/me")).status_code for host in (apart.issuer, console(apart))]
    assert [401, 404] == me
    key = next(form for form in forms(await browser.get(f"{console(apart)}/account")) if "sign_out" in form.action)
    statuses = [
        (await browser.post(f"{console(apart)}{key.action}", data=key.fields, headers={"origin": origin})).status_code
        for origin in (apart.issuer, console(apart))
    ]
    assert [403, 200] == statuses


async def test_a_used_token_is_worth_nothing(browser: httpx.AsyncClient, apart: Stack) -> None:
    """The address with the token, opened again here or in another browser, opens no session and is answered by a page;
    at the issuer's host it leads to the console's.
    """
    arrived = await signed_in(browser, apart)
    used = next(str(each.url) for each in arrived.history if "token=" in str(each.url))
    assert used.startswith(f"{console(apart)}/session/handoff?token=")
    async with httpx.AsyncClient(headers={"accept": "text/html"}) as other:
        answers = [await browser.get(used), await other.get(used)]
        led = await other.get(used.replace(console(apart), apart.issuer))
    assert [400, 400] == [answer.status_code for answer in answers]
    assert {"text/html; charset=utf-8"} == {answer.headers["content-type"] for answer in answers}
    assert (302, used) == (led.status_code, led.headers["location"])
