"""Who is let in: by kind of credential, scopes, and a CSRF token beside a cookie."""

import pytest

from contracts.principal import AccessToken, Principal, Refused, Why
from contracts.routes import Credential
from tests import gateless
from tests.chassis.web.builders import ANYBODY, CLIENT, EXPIRED, a_pak, a_route, a_session, a_token, an_app, named

CALLERS: dict[Credential | str, Principal] = {
    "session": a_session(),
    "pak": a_pak(),
    "access_token": a_token(),
    "client": CLIENT,
    "anonymous": ANYBODY,
    "refused": EXPIRED,
}

KINDS: tuple[Credential, ...] = ("session", "pak", "access_token", "client")


@pytest.mark.parametrize("admitted", KINDS)
@pytest.mark.parametrize("caller", CALLERS)
async def test_each_route_admits_what_it_declares(admitted: Credential, caller: str) -> None:
    """One kind of credential is let in, every other caller gets 401 and is told how to ask."""
    async with gateless.client(an_app(a_route("/cups", admitted))) as http:
        answer = await http.get("/cups", headers=gateless.as_caller(CALLERS[caller]))
    assert (200 if caller == admitted else 401) == answer.status_code
    assert (caller == admitted) != ("www-authenticate" in answer.headers)


@pytest.mark.parametrize("caller", CALLERS.values(), ids=named)
@pytest.mark.parametrize("credential", ["none", "own"])
async def test_some_routes_judge_for_themselves(credential: Credential, caller: Principal) -> None:
    """Where no credential counts, or the service reads it itself, everybody comes as far as the route."""
    async with gateless.client(an_app(a_route("/cups", credential))) as http:
        answer = await http.get("/cups", headers=gateless.as_caller(caller))
    assert (200, {"caller": named(caller)}) == (answer.status_code, answer.json())


async def test_without_a_gateway_everybody_is_anonymous() -> None:
    """A service that is called past the gateway trusts nobody."""
    async with gateless.client(an_app(a_route("/cups", "pak"), a_route("/open", "none"))) as http:
        assert 401 == (await http.get("/cups", headers={"authorization": "Bearer lpa_pat_x"})).status_code
        assert {"caller": "Anonymous"} == (await http.get("/open")).json()


async def test_a_refused_credential_is_told_why() -> None:
    """The service, not the gateway, says what was wrong, in its own envelope."""
    async with gateless.client(an_app(a_route("/cups", "pak"))) as http:
        answer = await http.get("/cups", headers=gateless.as_caller(EXPIRED))
    challenge = 'Bearer realm="logi", error="invalid_token"'
    assert ("unauthorized", challenge) == (answer.json()["error"], answer.headers["www-authenticate"])
    assert "expired" in answer.json()["error_description"]


async def test_a_route_for_clients_asks_for_basic() -> None:
    """RFC 6749 section 5.2: a client that fails to authenticate gets `invalid_client` and a Basic challenge."""
    async with gateless.client(an_app(a_route("/events", "client"))) as http:
        answer = await http.get("/events", headers=gateless.as_caller(EXPIRED))
    assert ("invalid_client", 'Basic realm="logi"') == (answer.json()["error"], answer.headers["www-authenticate"])


@pytest.mark.parametrize("why", ["client_inactive", "client_public"])
async def test_a_known_client_that_may_not_come_in(why: Why) -> None:
    """Who it is has been shown, so 403 says that it may not (delivery.md 7.4); other credentials change nothing."""
    caller = gateless.as_caller(Refused(why=why, via="basic"))
    async with gateless.client(an_app(a_route("/events", "client"), a_route("/cups", "pak"))) as http:
        refused, elsewhere = await http.get("/events", headers=caller), await http.get("/cups", headers=caller)
    assert (403, "unauthorized_client") == (refused.status_code, refused.json()["error"])
    assert (401, "unauthorized") == (elsewhere.status_code, elsewhere.json()["error"])


@pytest.mark.parametrize(
    ("caller", "status"),
    [
        (a_pak("apps:manage"), 200),
        (a_pak("apps:read"), 403),
        (a_pak(), 403),
        (a_pak("team:manage"), 403),
        (a_token("console:manage"), 200),
        (a_token("openid"), 403),
        (a_session(), 200),
    ],
)
async def test_scopes_limit_what_carries_them(caller: Principal, status: int) -> None:
    """A key or token needs the declared scope or a stronger one; a person at a browser is not limited by any."""
    route = a_route("/cups", "session", "pak", "access_token", scopes=("apps:manage",))
    async with gateless.client(an_app(route)) as http:
        answer = await http.get("/cups", headers=gateless.as_caller(caller))
    assert status == answer.status_code
    if status == 403:
        assert ("insufficient_scope", "apps:manage") == (answer.json()["error"], answer.json()["required_scope"])
        helps = "console:manage" if isinstance(caller, AccessToken) else "apps:manage"
        challenge = f'Bearer realm="logi", error="insufficient_scope", scope="{helps}"'
        assert challenge == answer.headers["www-authenticate"]


async def test_all_declared_scopes_are_needed() -> None:
    """Two scopes mean both, and the answer names the one that is missing."""
    route = a_route("/cups", "pak", scopes=("apps:read", "team:read"))
    async with gateless.client(an_app(route)) as http:
        answer = await http.get("/cups", headers=gateless.as_caller(a_pak("apps:manage")))
    assert (403, "team:read") == (answer.status_code, answer.json()["required_scope"])


@pytest.mark.parametrize(("token", "status"), [("csrf_7", 200), ("csrf_8", 403), ("", 403), (None, 403)])
async def test_a_session_shows_its_csrf_token(token: str | None, status: int) -> None:
    """A change with a cookie needs that session's own token in the header; another's does not do."""
    shown = [] if token is None else [("x-logi-csrf-token", token)]
    headers = [*gateless.as_caller(a_session()).items(), *shown]
    async with gateless.client(an_app(a_route("/cups", "session", method="post"))) as http:
        answer = await http.post("/cups", headers=headers)
    assert status == answer.status_code
    if status == 403:
        assert "csrf_token_missing" == answer.json()["error"]


async def test_reading_needs_no_csrf_token() -> None:
    """A safe method changes nothing."""
    async with gateless.client(an_app(a_route("/cups", "session"))) as http:
        assert 200 == (await http.get("/cups", headers=gateless.as_caller(a_session()))).status_code


async def test_a_key_needs_no_csrf_token() -> None:
    """No browser sends it by itself."""
    async with gateless.client(an_app(a_route("/cups", "session", "pak", method="post"))) as http:
        assert 200 == (await http.post("/cups", headers=gateless.as_caller(a_pak()))).status_code


async def test_pages_check_their_own_form() -> None:
    """A page's token comes in its form, which the page reads; the guard leaves it to the page."""
    async with gateless.client(an_app(a_route("/cups", "session", method="post", face="page"))) as http:
        assert 200 == (await http.post("/cups", headers=gateless.as_caller(a_session()))).status_code
