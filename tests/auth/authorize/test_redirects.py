"""Where an authorization request may end: byte for byte at a registered redirect URI, or here."""

import httpx
import pytest

from contracts.applications import Application, RedirectUri, Verification
from tests.auth.people import NOON
from tests.auth.rp import World, an_app, asking, changed

REGISTERED = "https://app.example.com/cb?tenant=1"

MUTATIONS = [
    "https://app.example.com/cb",
    "https://app.example.com/cb?tenant=2",
    "https://app.example.com/cb?tenant=1&x=1",
    "https://app.example.com/cb?tenant=1#fragment",
    "https://app.example.com/cb/?tenant=1",
    "https://app.example.com/cb?tenant=1/",
    "https://app.example.com/CB?tenant=1",
    "HTTPS://app.example.com/cb?tenant=1",
    "https://APP.example.com/cb?tenant=1",
    "http://app.example.com/cb?tenant=1",
    "https://app.example.com:443/cb?tenant=1",
    "https://app.example.com:8443/cb?tenant=1",
    "https://app.example.com.evil.example/cb?tenant=1",
    "https://appXexample.com/cb?tenant=1",
    "https://evil.example/https://app.example.com/cb?tenant=1",
    "https://app.example.com@evil.example/cb?tenant=1",
    "https://user@app.example.com/cb?tenant=1",
    "https://app.example.com/cb/../evil?tenant=1",
    "https://app.example.com/..;/cb?tenant=1",
    "https://app.example.com/./cb?tenant=1",
    "https://app.example.com//cb?tenant=1",
    "https://app.example.com/%63b?tenant=1",
    "https://app.example.com\\@evil.example/cb?tenant=1",
    "https://sub.app.example.com/cb?tenant=1",
    "//app.example.com/cb?tenant=1",
    "/cb?tenant=1",
    "javascript:alert(1)//https://app.example.com/cb?tenant=1",
    "data:text/html,https://app.example.com/cb?tenant=1",
    "https://app.example.com/cb?tenant=1 ",
    " https://app.example.com/cb?tenant=1",
    "https://app.example.com/cb?tenant=1\r\nx: y",
    "https://app.example.com/*",
    "https://app.example.com/cb?tenant=\u0131",
]


def _app() -> Application:
    uri = RedirectUri(uri=REGISTERED, uri_class="dev_internet", verification=Verification(status="unverified"))
    return an_app(redirect_uris=(uri,))


async def _ask(world: World, app: Application, **changes: str | None) -> httpx.Response:
    async with world.browser() as http:
        return await http.get("/oauth/authorize", params=asking(app, **changes))


@pytest.mark.parametrize("uri", MUTATIONS)
async def test_redirect_uri_bypass_no_other_spelling_is_redirected_to(world: World, uri: str) -> None:
    """A mutated URI is refused on a page of ours, and the page sends nobody anywhere."""
    answer = await _ask(world, await world.tell(_app()), redirect_uri=uri)
    assert (400, False) == (answer.status_code, "location" in answer.headers)
    assert "refresh" not in answer.headers


async def test_errors_keep_the_query_of_the_registered_uri(world: World) -> None:
    """Ours is added behind it (RFC 6749 section 3.1.2)."""
    answer = await _ask(world, await world.tell(_app()), redirect_uri=REGISTERED, scope=None)
    assert 302 == answer.status_code
    assert answer.headers["location"].startswith(f"{REGISTERED}&error=invalid_scope&")


@pytest.mark.parametrize("missing", ["client_id", "redirect_uri"])
async def test_without_client_or_address_nobody_is_redirected(world: World, missing: str) -> None:
    """Even where the other parameter is good."""
    app = await world.tell(_app())
    answer = await _ask(world, app, **{"redirect_uri": REGISTERED, missing: None})
    assert (400, False) == (answer.status_code, "location" in answer.headers)


@pytest.mark.parametrize("twice", ["client_id", "redirect_uri"])
async def test_two_clients_or_addresses_in_one_request_are_refused_here(world: World, twice: str) -> None:
    """Whichever of the two a careless reader would have taken."""
    params = asking(await world.tell(_app()), redirect_uri=REGISTERED)
    async with world.browser() as http:
        answer = await http.get("/oauth/authorize", params=[*params.items(), (twice, "https://evil.example/")])
        other = await http.get("/oauth/authorize", params=[(twice, "https://evil.example/"), *params.items()])
    assert [(400, False)] * 2 == [(a.status_code, "location" in a.headers) for a in (answer, other)]
    assert f"{twice} is given twice." in answer.text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"redirect_uri": "https://evil.example/"}, "wants you back at an address that it has not registered"),
        ({"redirect_uri": None}, "has asked in a way that cannot be answered"),
        ({"request_uri": "urn:ietf:params:oauth:request_uri:x"}, "Go back to the app and begin again there"),
    ],
)
async def test_a_person_learns_whose_mistake_it_was(world: World, change: dict[str, str | None], words: str) -> None:
    """Theirs is only what waited for too long; the exact cause stands below for those who run the app."""
    answer = await _ask(world, await world.tell(_app()), **change)
    assert (400, True) == (answer.status_code, words in answer.text)


@pytest.mark.parametrize("change", [{"status": "suspended"}, {"hard_flagged": True}, {"deleted_at": NOON}])
async def test_an_app_that_may_not_be_used_redirects_nobody(world: World, change: dict[str, object]) -> None:
    """Suspended, flagged or deleted: said here, at once after registry said so."""
    app = await world.tell(_app())
    assert 302 == (await _ask(world, app, redirect_uri=REGISTERED)).status_code
    await world.tell(changed(app, **change))
    answer = await _ask(world, app, redirect_uri=REGISTERED)
    assert (400, False) == (answer.status_code, "location" in answer.headers)


async def test_a_public_address_waits_for_promotion(world: World) -> None:
    """registry.md section 6: a production URI is served once the app is approved, the others always."""
    uri = RedirectUri(uri=REGISTERED, uri_class="production", verification=Verification(status="unverified"))
    app = await world.tell(an_app(redirect_uris=(uri,), status="pending"))
    assert 400 == (await _ask(world, app, redirect_uri=REGISTERED)).status_code
    await world.tell(changed(app, status="approved"))
    assert 302 == (await _ask(world, app, redirect_uri=REGISTERED)).status_code


async def test_reflected_xss_in_the_error_page(world: World) -> None:
    """Reflected script has no way into the page of a refusal."""
    script = "<script>alert(1)</script>"
    async with world.browser() as http:
        answer = await http.get(
            "/oauth/authorize", params={"client_id": script, "redirect_uri": script, "state": script}
        )
    assert (400, False) == (answer.status_code, script in answer.text)
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_the_page_names_the_error_for_who_builds_the_app(world: World) -> None:
    """Code and cause, so that an integrator need not guess."""
    answer = await _ask(world, await world.tell(_app()), redirect_uri="https://evil.example/")
    assert "<code>invalid_request</code> redirect_uri is not byte for byte one" in answer.text


async def test_a_program_is_told_in_json(world: World) -> None:
    """Who accepts JSON and no HTML gets the error by name."""
    async with world.browser() as http:
        answer = await http.get("/oauth/authorize?client_id=nobody", headers={"accept": "application/json"})
    assert (400, "invalid_client") == (answer.status_code, answer.json()["error"])
