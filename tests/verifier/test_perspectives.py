"""Several places look at one host over NATS, and a quorum decides (verifier.md A4)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from nats.aio.client import Client

from chassis.life import House
from chassis.wire import questions
from services.verifier.perspectives import __main__ as process
from services.verifier.perspectives.look import Look
from services.verifier.proof.prove import Finding
from services.verifier.settings import PerspectiveSettings
from tests.chassis.outbound.hostile import answering
from tests.verifier.builders import Registrar, a_developer, a_host
from tests.verifier.world import World, challenge, listed, post

Place = Callable[[str, Finding | None], Awaitable[None]]

LIE = Finding(method="dns")
DENIAL = Finding(method=None, dns_reason="dns_mismatch", wellknown_reason="wellknown_mismatch", found=("x" * 500,) * 50)


@pytest.fixture
async def place(nats: Client) -> AsyncIterator[Place]:
    """`await place("eu", finding)`: a perspective that says this whatever is there; without a finding it is silent."""
    async with AsyncExitStack() as stack:

        async def begin(name: str, finding: Finding | None) -> None:
            async def said(_: Look) -> Finding:
                if finding is None:
                    await asyncio.sleep(60)
                return finding or DENIAL

            answering = await questions.answer(nats, "verifier", Look, said, of=name)
            stack.push_async_callback(answering.drain, 0.0)

        yield begin


async def a_real_place(nats_url: str, world: World, name: str, stack: AsyncExitStack) -> None:
    settings = PerspectiveSettings(
        issuer="http://localhost:8000",
        environment="local",
        nats_url=nats_url,
        health_port=0,
        perspective=name,
        outbound_nameservers=(world.zone.address,),
    )
    house = House(process.NAME, settings)
    stack.push_async_callback(house.end)
    await process.build(house)


async def test_three_places_of_which_one_lies(world: World, registrar: Registrar, nats_url: str, place: Place) -> None:
    """Two that see the record outvote one that denies it; what each said is kept and shown."""
    me, host = a_developer(), a_host()
    app = registrar.has(me, uri := f"https://{host}/cb")
    world.zone.txt(f"_logi-verify.{host}", challenge(app.id, uri))
    await place("liar", DENIAL)
    async with AsyncExitStack() as stack:
        await a_real_place(nats_url, world, "eu", stack)
        http = await world.http(world.ground(perspectives=("loopback", "eu", "liar")))
        assert {"verified": True, "method": "dns"} == (await post(http, me, app.id, uri)).json()
        (shown,) = (await listed(http, me, app.id)).json()["verifications"]
    assert [("loopback", "verified"), ("eu", "verified"), ("liar", "dns_mismatch")] == [
        (seen["name"], seen["outcome"]) for seen in shown["perspectives"]
    ]


async def test_one_lie_is_no_proof(world: World, registrar: Registrar, nats_url: str, place: Place) -> None:
    """One place that says it is proved, against two that see nothing, proves nothing."""
    me, host = a_developer(), a_host()
    app = registrar.has(me, uri := f"https://{host}/cb")
    await place("liar", LIE)
    async with AsyncExitStack() as stack:
        await a_real_place(nats_url, world, "us", stack)
        http = await world.http(world.ground(perspectives=("loopback", "us", "liar")))
        answer = (await post(http, me, app.id, uri)).json()
    assert (False, "dns_nxdomain") == (answer["verified"], answer["reason"])
    assert ["dns_nxdomain", "dns_nxdomain", "verified"] == [seen["outcome"] for seen in answer["perspectives"]]


async def test_two_places_must_agree(world: World, registrar: Registrar, place: Place) -> None:
    """Below three there is no majority; what a liar claims to have found is cut to size."""
    me, host = a_developer(), a_host()
    app = registrar.has(me, uri := f"https://{host}/cb")
    world.zone.txt(f"_logi-verify.{host}", challenge(app.id, uri))
    await place("other", DENIAL)
    http = await world.http(world.ground(perspectives=("loopback", "other")))
    answer = (await post(http, me, app.id, uri)).json()
    assert (False, "perspectives_disagree") == (answer["verified"], answer["reason"])
    assert (20, 100) == (len(answer["found"]), len(answer["found"][0]))


async def test_an_absent_place_is_a_miss(world: World, registrar: Registrar, place: Place) -> None:
    """A label under which nobody answers is told as such and outvoted."""
    me, host = a_developer(), a_host()
    app = registrar.has(me, uri := f"https://{host}/cb")
    world.zone.txt(f"_logi-verify.{host}", challenge(app.id, uri))
    await place("honest", LIE)
    http = await world.http(world.ground(perspectives=("loopback", "honest", "nobody")))
    assert (await post(http, me, app.id, uri)).json()["verified"] is True
    (shown,) = (await listed(http, me, app.id)).json()["verifications"]
    assert "no_answer" == shown["perspectives"][2]["outcome"]


@pytest.mark.parametrize("host", ["10.0.0.1", "localhost", "intranet", "a b", "x" * 300, "metadata.google.internal"])
async def test_a_place_judges_by_itself(world: World, host: str) -> None:
    """Whoever asks: a perspective looks at no host that is nobody's to call."""
    outlook = world.outlook()
    assert "blocked_host" == (await outlook.look(Look(host=host, challenges=("ab",)))).reason
    assert [] == world.zone.queries


async def test_any_challenge_proves(world: World) -> None:
    """Of several values one is enough, in DNS as in the file."""
    host = a_host()
    await world.server(answering(b"two\n"), host)
    found = await world.outlook().look(Look(host=host, challenges=("one", "two")))
    assert "well_known" == found.method
