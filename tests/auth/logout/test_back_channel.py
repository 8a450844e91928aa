"""Back-channel logout: which applications are told what, signed, once, and again where nobody listened."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from chassis.outbound import Outbound, Policy
from services.auth.connected_apps.disconnect import disconnect
from services.auth.logout.courier import Courier
from tests.auth.logout.receiver import Listening, listening
from tests.auth.logout.test_end_session import END, entered
from tests.auth.rp import World, an_app

EVENT = "http://schemas.openid.net/event/backchannel-logout"


@pytest.fixture
async def shop() -> AsyncIterator[Listening]:
    async with listening() as heard:
        yield heard


@pytest.fixture
async def outbound() -> AsyncIterator[Outbound]:
    client = Outbound(Policy(http_loopback=True))
    yield client
    await client.stop()


@pytest.fixture
async def courier(world: World, outbound: Outbound) -> Courier:
    await world.db.execute("delete from logout_outbox")
    return Courier(world.ground, outbound)


async def _read(world: World, token: str) -> jwt.Token:
    async with world.browser() as http:
        keys = KeySet.import_key_set((await http.get("/.well-known/jwks.json")).json())
    return jwt.decode(token, keys, algorithms=["RS256"])


async def test_signing_out_tells_every_application_of_the_session(
    world: World, courier: Courier, shop: Listening
) -> None:
    """The ones entered from it, and no other; the token says what Back-Channel Logout 1.0 section 2.4 asks for."""
    app = await world.tell(an_app(backchannel_logout_uri=shop.uri))
    deaf, elsewhere = await world.tell(an_app()), await world.tell(an_app(backchannel_logout_uri=shop.uri))
    ada = await world.person("ada@channel.example")
    async with world.browser() as http, world.browser() as other:
        tokens = await entered(world, http, app, ada)
        await entered(world, other, elsewhere, ada)
        await http.get("/oauth/authorize", params={"client_id": deaf.client_id})
        await http.get(END, params={"id_token_hint": tokens["id_token"]})
    assert (1, 0) == (await courier.deliver(), await courier.deliver())
    token = await _read(world, shop.tokens[0])
    sid = (await _read(world, tokens["id_token"])).claims["sid"]
    assert "logout+jwt" == token.header["typ"]
    wanted = {"aud": app.client_id, "sub": str(ada.id), "sid": sid, "events": {EVENT: {}}}
    assert {"iss": world.ground.issuer, **wanted} == {name: token.claims[name] for name in ("iss", *wanted)}
    assert 120 == token.claims["exp"] - token.claims["iat"]
    assert token.claims["jti"]
    assert "nonce" not in token.claims


async def test_disconnecting_tells_of_all_sessions(world: World, courier: Courier, shop: Listening) -> None:
    """A token without `sid` is about every session of this person there."""
    app, bob = await world.tell(an_app(backchannel_logout_uri=shop.uri)), await world.person("bob@channel.example")
    await world.tokens(app, bob)
    await disconnect(world.ground, bob.id, app.client_id)
    assert 1 == await courier.deliver()
    claims = (await _read(world, shop.tokens[0])).claims
    assert (str(bob.id), False) == (claims["sub"], "sid" in claims)


async def test_nobody_listening_is_asked_again(world: World, courier: Courier, shop: Listening) -> None:
    """With growing pauses and the same jti; after the last try the notice has failed."""
    app, carol = await world.tell(an_app(backchannel_logout_uri=shop.uri)), await world.person("carol@channel.example")
    await world.tokens(app, carol)
    await disconnect(world.ground, carol.id, app.client_id)
    shop.answers = [500, 400, 401, 404, 503, 429, 500]
    for pause in (*Courier.pauses, timedelta(0)):
        assert (1, 0) == (await courier.deliver(), await courier.deliver())
        world.clock.advance(pause)
    assert 0 == await courier.deliver()
    row = await world.db.fetchrow("select tries, failed_at is not null as failed, last_error from logout_outbox")
    assert row is not None
    assert (7, True, "status 500") == (row["tries"], row["failed"], row["last_error"])


async def test_a_repeat_has_the_same_jti(world: World, courier: Courier, shop: Listening) -> None:
    """So that the application recognises it."""
    app, dave = await world.tell(an_app(backchannel_logout_uri=shop.uri)), await world.person("dave@channel.example")
    await world.tokens(app, dave)
    await disconnect(world.ground, dave.id, app.client_id)
    shop.answers = [503]
    await courier.deliver()
    world.clock.advance(Courier.pauses[0])
    await courier.deliver()
    first, second = [(await _read(world, token)).claims for token in shop.tokens]
    assert (first["jti"], True) == (second["jti"], second["exp"] > first["exp"])


async def test_two_couriers_tell_once(world: World, courier: Courier, outbound: Outbound, shop: Listening) -> None:
    """A notice is in one hand at a time."""
    app = await world.tell(an_app(backchannel_logout_uri=shop.uri))
    for number in range(5):
        person = await world.person(f"{number}@couriers.example")
        await world.tokens(app, person)
        await disconnect(world.ground, person.id, app.client_id)
    await asyncio.gather(courier.deliver(), Courier(world.process().ground, outbound).deliver())
    assert 5 == len(shop.tokens) == len(set(shop.tokens))


@pytest.mark.parametrize("uri", ["https://169.254.169.254/x", "http://10.0.0.1/x", "https://localhost.localdomain/x"])
async def test_ssrf_by_backchannel_logout_uri(world: World, courier: Courier, uri: str) -> None:
    """The guarded client refuses, and where asking again would be refused again nothing is asked again."""
    app = await world.tell(an_app(backchannel_logout_uri=uri))
    eve = await world.person(f"{abs(hash(uri))}@ssrf.example")
    await world.tokens(app, eve)
    await disconnect(world.ground, eve.id, app.client_id)
    assert 1 == await courier.deliver()
    row = await world.db.fetchrow("select sent_at, failed_at, last_error from logout_outbox")
    assert row is not None
    assert (None, True) == (row["sent_at"], row["last_error"] is not None)


async def test_who_signs_in_again_stays_in_their_session(world: World, courier: Courier, shop: Listening) -> None:
    """A renewed cookie is the same session to the applications: told later, by its old name."""
    app, frank = await world.tell(an_app(backchannel_logout_uri=shop.uri)), await world.person("frank@channel.example")
    async with world.browser() as http:
        tokens = await entered(world, http, app, frank)
        await world.sign_in_again(http, frank)
        assert 0 == await courier.deliver()
        answer = await http.get(END, params={"id_token_hint": tokens["id_token"]})
        assert "/session/signed_out" == answer.headers["location"]
    assert 1 == await courier.deliver()
    assert (await _read(world, tokens["id_token"])).claims["sid"] == (await _read(world, shop.tokens[0])).claims["sid"]


async def test_another_person_in_the_same_browser_ends_the_session(
    world: World, courier: Courier, shop: Listening
) -> None:
    """Whoever signs in over another is not them."""
    app = await world.tell(an_app(backchannel_logout_uri=shop.uri))
    grace, heidi = await world.person("grace@channel.example"), await world.person("heidi@channel.example")
    async with world.browser() as http:
        await entered(world, http, app, grace)
        await world.sign_in_again(http, heidi)
    assert 1 == await courier.deliver()
    assert str(grace.id) == (await _read(world, shop.tokens[0])).claims["sub"]
