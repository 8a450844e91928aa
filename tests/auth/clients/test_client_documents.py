"""Client-id metadata documents: what an application says of itself at the address that is its client_id."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.auth import purge
from services.auth.clients.documents import FAILED, LONGEST, SHORTEST, Documents, is_address, lifetime
from services.auth.clients.known import Clients
from tests.auth.rp import VERIFIER, Auth, World, asking, consent
from tests.chassis.outbound.hostile import Behaviour, Server, answering, endless, redirecting, silent
from tests.chassis.outbound.world import World as Internet
from tests.chassis.outbound.world import a_world

HOST = "agent.example"
ADDRESS = f"https://{HOST}/app/client.json"
CALLBACK = f"https://{HOST}/callback"


@pytest.fixture
async def internet(tmp_path: Path) -> AsyncIterator[Internet]:
    async with a_world(tmp_path) as made:
        yield made


def document(**changes: Any) -> bytes:
    usual = {"client_id": ADDRESS, "client_name": "Agent", "redirect_uris": [CALLBACK]}
    return msgspec.json.encode({name: value for name, value in {**usual, **changes}.items() if value is not None})


async def reading(world: World, internet: Internet, behaviour: Behaviour) -> tuple[Documents, Server]:
    await world.db.execute("delete from client_documents")
    await world.db.execute("delete from clients where application_id = 0")
    server = await internet.server(behaviour, HOST)
    return Documents(world.db, world.clock, internet.client(server)), server


async def test_an_address_signs_a_person_in(world: World, internet: Internet) -> None:
    """The whole way to tokens, as a public client with PKCE; the consent page names the verified host."""
    documents, server = await reading(world, internet, answering(document()))
    clients = Clients(world.db, _nobody, world.ground.clients.assertions, documents.of)
    auth, ada = Auth(msgspec.structs.replace(world.ground, clients=clients)), await world.person("ada@agents.example")
    async with auth.browser() as http:
        csrf = await world.sign_in(http, ada)
        params = {**asking(await _app(documents)), "redirect_uri": CALLBACK}
        page = await http.get("/oauth/authorize", params=params)
        assert ("Agent" in page.text, HOST in page.text) == (True, True)
        answer = await consent(http, page.text, csrf)
    code = answer.headers["location"].split("code=")[1].split("&")[0]
    form = {"grant_type": "authorization_code", "client_id": ADDRESS, "code": code, "redirect_uri": CALLBACK}
    tokens = await auth.token({**form, "code_verifier": VERIFIER}, None)
    assert (200, 900) == (tokens.status_code, tokens.json()["expires_in"])
    assert 200 == (await auth.userinfo(tokens.json()["access_token"])).status_code
    refused = await auth.token({**form, "code_verifier": VERIFIER}, None)
    assert (400, False) == (refused.status_code, "x-logi-console-url" in refused.headers), "no console has it"
    assert 1 == len(server.heads)


async def test_strangers_addresses_are_forgotten(world: World, internet: Internet) -> None:
    """One that never said anything good goes once it may be asked again; one that did is kept for three months."""
    documents, _ = await reading(world, internet, answering(document()))
    other = "https://nobody.example/client.json"
    assert [True, False] == [await documents.of(address) is not None for address in (ADDRESS, other)]
    for days, kept in ((0, 2), (1, 1), (90, 0)):
        world.clock.advance(timedelta(days=days))
        await purge.once(world.db, world.clock)
        assert kept == await world.db.fetchval("select count(*) from client_documents")


@pytest.mark.parametrize(
    "said",
    [
        {"client_id": "https://other.example/app/client.json"},
        {"client_id": ADDRESS + "/"},
        {"redirect_uris": ["https://other.example/callback"]},
        {"redirect_uris": [f"https://{HOST}.evil.example/cb", f"http://{HOST}/cb", f"https://{HOST}:444/cb"]},
        {"redirect_uris": ["javascript:alert(1)", "https://user@agent.example/cb", "http://localhost/cb"]},
        {"redirect_uris": []},
        {"redirect_uris": None},
        {"token_endpoint_auth_method": "client_secret_basic"},
        {"grant_types": ["client_credentials"]},
        {"client_name": "x" * 6000},
    ],
)
async def test_a_document_that_is_not_its_own_makes_no_client(
    world: World, internet: Internet, said: dict[str, Any]
) -> None:
    """It names itself, sends people to its own origin only, is public, and has at most 5 KB."""
    documents, _ = await reading(world, internet, answering(document(**said)))
    assert await documents.of(ADDRESS) is None


@pytest.mark.parametrize(
    "behaviour",
    [
        answering(b"not json"),
        answering(document(), "404 Not Found"),
        redirecting("https://other.example/client.json"),
        endless(b"x" * 1000),
    ],
)
async def test_ssrf_and_slow_or_endless_answers(world: World, internet: Internet, behaviour: Behaviour) -> None:
    """No redirect is followed, no more than 5 KB are read, and for a minute nobody asks again."""
    documents, server = await reading(world, internet, behaviour)
    assert await documents.of(ADDRESS) is None
    assert await documents.of(ADDRESS) is None
    assert 1 == len(server.heads)
    world.clock.advance(FAILED + timedelta(seconds=1))
    assert await documents.of(ADDRESS) is None
    assert 2 == len(server.heads)


@pytest.mark.parametrize("host", ["169.254.169.254", "127.0.0.1", "10.0.0.1", "localhost"])
async def test_ssrf_by_client_id(world: World, internet: Internet, host: str) -> None:
    """The guarded client asks no such host, whatever name is shown."""
    documents, server = await reading(world, internet, answering(document()))
    guarded = Documents(world.db, world.clock, internet.client(server, loopback_addresses=frozenset()))
    assert await guarded.of(f"https://{host}/client.json") is None
    assert documents is not guarded
    assert [] == server.heads


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 300),
        ("max-age=10", 300),
        ("public, MAX-AGE=600", 600),
        ('max-age="7200"', 7200),
        ("max-age=99999999", 86400),
        ("no-store", 300),
        ("s-maxage=9000", 300),
        ("max-age=soon", 300),
    ],
)
def test_how_long_a_document_counts(header: str | None, seconds: int) -> None:
    """As its headers say, within five minutes and a day."""
    assert timedelta(seconds=seconds) == lifetime(header)


async def test_a_document_is_read_again_when_it_is_old(world: World, internet: Internet) -> None:
    """Changes are taken over; where the address fails, the old reading counts for a day and no longer."""
    documents, _ = await reading(world, internet, answering(document()))
    assert await documents.of(ADDRESS) is not None
    world.clock.advance(SHORTEST + timedelta(seconds=1))
    changed = Documents(world.db, world.clock, internet.client(await internet.server(_renamed(), HOST)))
    app = await changed.of(ADDRESS)
    assert app is not None
    assert "Renamed" == app.name
    world.clock.advance(SHORTEST + timedelta(seconds=1))
    gone = Documents(world.db, world.clock, internet.client(await internet.server(answering(b"", "500 No"), HOST)))
    assert await gone.of(ADDRESS) is not None
    world.clock.advance(LONGEST)
    assert await gone.of(ADDRESS) is None


async def test_without_the_switch_an_address_is_nobody(world: World) -> None:
    """Nothing is fetched and registry is not asked."""
    clients = Clients(world.db, _forbidden, world.ground.clients.assertions)
    assert await clients.fresh(ADDRESS) is None


@pytest.mark.parametrize(
    "text",
    [
        "http://agent.example/client.json",
        "https://agent.example",
        "https://agent.example/",
        "https://agent.example/a?b=c",
        "https://agent.example/a#b",
        "https://user@agent.example/a",
        "https://agent.example/../a",
        "https://agent.example/%2e%2E/a",
        "https://AGENT.example/a",
        "https://agent.example/a b",
        "https://agent.example\\@evil.example/a",
        "logi_" + "a" * 32,
    ],
)
def test_what_is_no_address(text: str) -> None:
    """One document has one address."""
    assert not is_address(text)
    assert is_address(ADDRESS)


async def test_a_silent_address_costs_five_seconds_at_most(world: World, internet: Internet) -> None:
    """The fetch gives up by itself."""
    documents, _ = await reading(world, internet, silent())
    assert await documents.of(ADDRESS) is None


async def _app(documents: Documents) -> Any:
    app = await documents.of(ADDRESS)
    assert app is not None
    return app


def _renamed() -> Behaviour:
    return answering(document(client_name="Renamed"), "200 OK", "Cache-Control: max-age=300")


async def _nobody(_: str) -> None:
    return None


async def _forbidden(_: str) -> None:
    raise AssertionError("registry is asked about an address")
