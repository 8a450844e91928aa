"""What an application may wish of the strength of a sign-in, and what the ID token then truthfully says."""

import json
from datetime import timedelta
from typing import Any

import httpx
import pyotp

from services.auth import sessions
from services.auth.accounts.store import Account
from services.auth.keys import material
from tests.auth.rp import World, an_app, asking, told

ESSENTIAL = json.dumps({"id_token": {"acr": {"essential": True, "values": ["aal2"]}}})


async def enrolled(world: World, account: Account) -> str:
    """The seed of one-time codes that are on."""
    seed = pyotp.random_base32()
    await world.db.execute(
        "insert into totp_seeds (user_id, sealed, created_at, confirmed_at) values ($1, $2, $3, $3)",
        account.id,
        world.ground.vault.seal(seed.encode(), f"totp/{account.id}"),
        world.clock.now(),
    )
    return seed


async def ask(world: World, http: httpx.AsyncClient, **changes: Any) -> httpx.Response:
    app = await world.tell(an_app(first_party=True))
    return await http.get("/oauth/authorize", params=asking(app, **changes))


async def test_a_wished_second_factor_is_asked_for(world: World) -> None:
    """acr_values=aal2 leads a person who has a factor to the confirmation, and the ID token then says aal2."""
    account = await world.person("ada@strength.example")
    seed = await enrolled(world, account)
    async with world.browser() as http:
        csrf = await world.sign_in(http, account)
        began = world.clock.now()
        world.clock.advance(timedelta(minutes=1))
        app = await world.tell(an_app(first_party=True))
        sent = await http.get("/oauth/authorize", params=asking(app, acr_values="aal2"))
        assert sent.headers["location"].startswith("/session/confirm?return_to=%2Foauth%2Fauthorize%2Fresume")
        shown = pyotp.TOTP(seed).generate_otp(int(world.clock.now().timestamp()) // 30)
        there = httpx.URL(sent.headers["location"]).params["return_to"]
        form = {"csrf_token": csrf, "code": shown, "return_to": there}
        back = await http.post("/session/confirm", data=form)
        assert (303, there) == (back.status_code, back.headers["location"])
        http.headers["cookie"] = back.headers["set-cookie"].partition(";")[0]
        code = told(await http.get(there))["code"]
    tokens = (await world.redeem(app, code)).json()
    claims = _claims(tokens["id_token"])
    assert ("aal2", ["pwd", "otp", "mfa"]) == (claims["acr"], claims["amr"])
    assert int(began.timestamp()) == claims["auth_time"], "a code alone is no new sign-in"
    told_of = (await world.post("/oauth/introspect", app, token=tokens["access_token"])).json()
    assert ("aal2", claims["auth_time"]) == (told_of["acr"], told_of["auth_time"])


async def test_a_wish_is_no_condition(world: World) -> None:
    """Without a factor acr_values changes nothing, and prompt=none is not refused for it; the token says aal1."""
    account = await world.person("bob@strength.example")
    async with world.browser() as http:
        await world.sign_in(http, account)
        assert "code" in told(await ask(world, http, acr_values="aal2"))
        await enrolled(world, account)
        assert "code" in told(await ask(world, http, acr_values="aal2", prompt="none"))
        assert "code" in told(await ask(world, http, acr_values="aal1 aal2"))
        assert "code" in told(await ask(world, http, acr_values="urn:unknown"))


async def test_an_essential_level_is_a_condition(world: World) -> None:
    """Who has no factor is sent back with `unmet_authentication_requirements`, a silent request is told to ask."""
    account = await world.person("carol@strength.example")
    async with world.browser() as http:
        await world.sign_in(http, account)
        assert "unmet_authentication_requirements" == told(await ask(world, http, claims=ESSENTIAL))["error"]
        await enrolled(world, account)
        assert "interaction_required" == told(await ask(world, http, claims=ESSENTIAL, prompt="none"))["error"]
        sent = await ask(world, http, claims=ESSENTIAL)
        assert sent.headers["location"].startswith("/session/confirm?")


async def test_a_strong_session_goes_through(world: World) -> None:
    """Whoever has shown two factors in this session is not asked again."""
    account = await world.person("dave@strength.example")
    await enrolled(world, account)
    async with world.browser() as http:
        async with world.db.transaction() as tx:
            place = sessions.store.Place("192.0.2.7", "test")
            strong = ("pwd", "otp", "mfa")
            cookie, _ = await sessions.begin(tx, account, strong, place, world.clock.now())
        http.headers["cookie"] = f"logi_session={cookie}"
        assert "code" in told(await ask(world, http, claims=ESSENTIAL, prompt="none"))


def _claims(token: str) -> dict[str, Any]:
    return dict(json.loads(material.decoded(token.split(".")[1])))
