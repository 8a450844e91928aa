"""Attack classes of requests that change on their way, or that arrive in a session that somebody else began."""

import httpx
import pytest

from tests.auth.rp import CALLBACK, World, an_app, asking, changed, told

EVIL = "https://evil.example/cb"


def _handle(page: str) -> str:
    return page.split('name="request" value="')[1].split('"', maxsplit=1)[0]


@pytest.mark.parametrize(
    "added",
    [{"redirect_uri": EVIL}, {"scope": "openid email identity:level"}, {"state": "other"}, {"client_id": "logi_other"}],
)
async def test_parameters_changed_between_authorize_and_resume(world: World, added: dict[str, str]) -> None:
    """What the person saw is what is granted: the form names the stored request and nothing beside it counts."""
    app, ada = await world.tell(an_app()), await world.person(f"{min(added)}-{len(str(added))}@changed.example")
    async with world.browser() as http:
        csrf = await world.sign_in(http, ada)
        page = (await http.get("/oauth/authorize", params=asking(app))).text
        form = {"request": _handle(page), "csrf_token": csrf, "decision": "allow", **added}
        answer = await http.post("/oauth/authorize/consent", data=form, params=added)
    back = told(answer)
    assert asking(app)["state"] == back["state"]
    tokens = (await world.redeem(app, back["code"])).json()
    assert "openid email" == tokens["scope"]


async def test_session_fixation_a_planted_cookie_is_replaced(world: World) -> None:
    """Whoever planted a session id in a browser does not share the session that is begun there."""
    ada = await world.person("fixed@changed.example")
    async with world.browser() as victim, world.browser() as thief:
        planted = "logi_session=" + "p" * 43
        victim.headers["cookie"] = thief.headers["cookie"] = planted
        await world.sign_in_again(victim, ada)
        assert planted != victim.headers["cookie"]
        assert (200, 401) == (await _me(victim), await _me(thief))


async def test_open_redirect_before_the_client_is_known(world: World) -> None:
    """An address that no client registered is never redirected to, whatever else is wrong."""
    app = await world.tell(an_app())
    for changes in ({"client_id": "logi_" + "0" * 32}, {"redirect_uri": EVIL}, {"redirect_uri": f"{CALLBACK}/../evil"}):
        async with world.browser() as http:
            answer = await http.get("/oauth/authorize", params=asking(app, **changes, response_type="token"))
        assert (400, False) == (answer.status_code, "location" in answer.headers)


async def test_deactivated_client_still_served(world: World) -> None:
    """A code and tokens of before are worth nothing once the client is deleted or suspended."""
    app, ada = await world.tell(an_app()), await world.person("gone@changed.example")
    tokens, code = await world.tokens(app, ada), await world.code(app, ada)
    await world.tell(changed(app, status="suspended"))
    answers = [await world.redeem(app, code), await world.refresh(app, tokens["refresh_token"])]
    assert {(400, "unauthorized_client")} == {(answer.status_code, answer.json()["error"]) for answer in answers}
    assert 401 == (await world.userinfo(tokens["access_token"])).status_code


async def _me(http: httpx.AsyncClient) -> int:
    return (await http.get("/api/v1/me")).status_code
