"""Who calls: asked of auth, remembered for seconds, forgotten with a revocation, believed from our own pages only."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nats.aio.client import Client

from chassis import nats_link
from chassis.clock import FrozenClock
from contracts.principal import AccessToken, Anonymous, Pak, Principal, Refused, Session
from deploy.local.servers.nats import Nats
from gateway.memory import Memory
from tests.gateway.builders import ISSUER, Auth, Town, a_town, some_settings
from tests.gateway.shop import Shop

MORNING = datetime(2026, 1, 1, tzinfo=UTC)
PERSON = {"user_id": 1, "sub": "1", "role": "user", "identity_verified_level": 0}
SESSION = Session(**PERSON, session_id="s", csrf_token="c", authenticated_at=MORNING)
PAK = Pak(**PERSON, pak_id=1)
TOKEN = AccessToken(sub="1", client_id="c", jti="j", audience="a")
BEARER = {"Authorization": "Bearer one"}
COOKIE = {"Cookie": "theme=dark; logi_session=one"}


@pytest.fixture
async def known(auth: Auth) -> Auth:
    auth.known = {"Bearer one": PAK, "one": SESSION, "Bearer token": TOKEN, "Basic one": PAK, "DPoP token": TOKEN}
    await auth.beat()
    return auth


async def test_no_credential_asks_nobody(town: Town, known: Auth) -> None:
    """Without a credential the caller is Anonymous, and auth hears nothing of it."""
    answer = await town.ask("/who")
    assert (Anonymous(), []) == (answer.principal, known.asked)


@pytest.mark.parametrize(("headers", "expected"), [(BEARER, PAK), (COOKIE, SESSION), ({**BEARER, **COOKIE}, PAK)])
async def test_the_principal_reaches_the_service(
    town: Town, known: Auth, headers: dict[str, str], expected: Principal
) -> None:
    """Authorization beats the cookie."""
    assert expected == (await town.ask("/who", headers=headers)).principal


async def test_a_cookie_planted_beside_ours_counts_for_nothing(town: Town, known: Auth) -> None:
    """Two session cookies cannot be told apart, in whatever order they come, so neither is believed."""
    for cookies in ("logi_session=one; logi_session=two", "logi_session=two; logi_session=one"):
        assert Refused(why="unknown") == (await town.ask("/who", headers={"Cookie": cookies})).principal


async def test_a_refused_credential_goes_on_as_refused(town: Town, known: Auth) -> None:
    """The gateway never answers 401: the service learns why, in its own face."""
    answer = await town.ask("/who", headers={"Authorization": "Bearer nothing"})
    assert (200, Refused(why="unknown")) == (answer.status, answer.principal)


async def test_the_service_does_not_see_what_proved_it(town: Town, known: Auth) -> None:
    """Where the gateway resolves the caller, the credential itself ends here; other cookies go on."""
    answer = await town.ask("/who", headers={**BEARER, **COOKIE})
    assert ([], ["theme=dark"]) == (answer.seen("authorization"), answer.seen("cookie"))


async def test_auth_is_asked_with_our_own_url(town: Town, known: Auth) -> None:
    """A DPoP proof is compared with the issuer's address, not with whatever Host says."""
    await town.ask("/who", headers={**BEARER, "Host": "evil.example", "DPoP": "proof"})
    assert ("GET", f"{ISSUER}/who", "proof") == (known.asked[0].method, known.asked[0].url, known.asked[0].dpop)


@pytest.mark.parametrize("headers", [BEARER, COOKIE, {"Authorization": "Bearer token"}])
async def test_a_positive_answer_is_remembered(town: Town, known: Auth, headers: dict[str, str]) -> None:
    """PAKs, sessions and bearer tokens on safe methods are asked for once."""
    # However long the machine stands still meanwhile: silence has a test of its own.
    town.gateway.memory._clock = FrozenClock(MORNING)
    await known.beat()
    answers = [await town.ask("/who", headers=headers) for _ in range(3)]
    assert 1 == len(known.asked)
    assert 1 == len({answer.json["principal"] for answer in answers})


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Basic one"},
        {"Authorization": "DPoP token", "DPoP": "proof"},
        {"Authorization": "Bearer one", "DPoP": "proof"},
        {"Authorization": "Bearer nothing"},
    ],
    ids=["basic", "dpop", "bearer with proof", "refused"],
)
async def test_what_must_be_proven_anew_is_asked_anew(town: Town, known: Auth, headers: dict[str, str]) -> None:
    """Basic, DPoP and refusals are never remembered."""
    await known.beat()
    for _ in range(2):
        await town.ask("/who", headers=headers)
    assert 2 == len(known.asked)


async def test_unsafe_methods_ask_each_time(town: Town, known: Auth) -> None:
    """A change is never made on a remembered answer."""
    await known.beat()
    await town.ask("/who", headers=BEARER)
    for _ in range(2):
        await town.ask("/who", method="POST", headers=BEARER)
    assert 3 == len(known.asked)


async def test_a_revocation_is_heard_at_once(town: Town, known: Auth) -> None:
    """After the beat that counts a revocation, the credential is refused."""
    await known.beat()
    before = (await town.ask("/who", headers=BEARER)).principal
    await known.revoke("Bearer one")
    after = (await town.ask("/who", headers=BEARER)).principal
    assert (PAK, Refused(why="unknown")) == (before, after)


async def test_silence_is_no_permission(town: Town, known: Auth) -> None:
    """A second without a beat, and nothing is remembered any more."""
    await known.beat()
    await town.ask("/who", headers=BEARER)
    known.known.clear()
    await asyncio.sleep(1.05)
    assert Refused(why="unknown") == (await town.ask("/who", headers=BEARER)).principal


async def test_nothing_is_remembered_before_the_first_beat(
    gateway_link: Client, redis_url: str, tmp_path: Path, shop: Shop, known: Auth, limits_file: str
) -> None:
    """A gateway that has heard no beat asks every time."""
    async with a_town(some_settings(redis_url, tmp_path, limits_file=limits_file), gateway_link, [shop.table]) as town:
        for _ in range(2):
            await town.ask("/who", headers=BEARER)
    assert 2 == len(known.asked)


async def test_an_overtaken_answer_is_not_kept(service_link: Client, auth: Auth) -> None:
    """A revocation between question and answer leaves the answer unremembered."""
    memory = Memory(service_link)
    await memory.start()
    await auth.beat()
    generation = memory.watched_generation()
    auth.sequence += 1
    await auth.beat()
    memory.keep(b"key", PAK, b"", generation)
    assert memory.recall(b"key") is None
    await memory.stop()


async def test_a_late_beat_of_another_process_changes_nothing(service_link: Client, auth: Auth) -> None:
    """With several auth processes a lower number is only late."""
    memory = Memory(service_link, FrozenClock(MORNING))
    await memory.start()
    auth.sequence = 7
    await auth.beat()
    memory.keep(b"key", PAK, b"", memory.watched_generation())
    auth.sequence = 6
    await auth.beat()
    assert memory.recall(b"key") is not None
    await memory.stop()


async def test_answers_age_and_are_bounded(service_link: Client, auth: Auth) -> None:
    """Five seconds at most, and no more answers than there is room for."""
    clock = FrozenClock(MORNING)
    memory = Memory(service_link, clock, most=2)
    await memory.start()
    await auth.beat()
    for key in (b"1", b"2", b"3"):
        memory.keep(key, PAK, b"", memory.watched_generation())
    assert [False, True, True] == [memory.recall(key) is not None for key in (b"1", b"2", b"3")]
    for _ in range(6):
        clock.advance(timedelta(seconds=0.9))
        await auth.beat()
    assert memory.recall(b"3") is None
    await memory.stop()


async def test_a_reconnect_empties_the_memory(nats_server: Callable[..., Nats], auth: Auth) -> None:
    """What was beaten while the link was down is unknown: everything is forgotten."""
    server = nats_server()
    link = await nats_link.connect(server.url, name="gateway")
    memory, played = Memory(link, FrozenClock(MORNING)), Auth(link)
    await memory.start()
    await played.beat()
    memory.keep(b"key", PAK, b"", memory.watched_generation())
    assert memory.recall(b"key") is not None
    server.stop()
    server.start()
    async with asyncio.timeout(30):
        while not link.is_connected or link.stats["reconnects"] == 0:
            await asyncio.sleep(0.05)
    assert memory.recall(b"key") is None
    await memory.stop()
    await link.close()


CROSS_SITE = {
    "another origin": {"Origin": "https://evil.example"},
    "no origin": {"Origin": "null"},
    "neither header": {},
    "cross-site": {"Sec-Fetch-Site": "cross-site"},
    "a sibling without origin": {"Sec-Fetch-Site": "same-site"},
    "an origin that begins like ours": {"Origin": f"{ISSUER}.evil.example"},
    "site against origin": {"Origin": ISSUER, "Sec-Fetch-Site": "cross-site"},
}


@pytest.mark.parametrize("name", CROSS_SITE)
async def test_cross_site_changes_with_a_cookie_are_refused(town: Town, known: Auth, name: str) -> None:
    """A session's cookie counts for a change only from our own pages; auth is not even asked."""
    answer = await town.ask("/who", method="POST", headers={**COOKIE, **CROSS_SITE[name]})
    assert (403, "cross_site_request", []) == (answer.status, answer.json["error"], known.asked)


@pytest.mark.parametrize("headers", [{"Origin": ISSUER}, {"Sec-Fetch-Site": "same-origin"}])
async def test_changes_from_our_own_pages_pass(town: Town, known: Auth, headers: dict[str, str]) -> None:
    """Either header of a browser will do."""
    assert SESSION == (await town.ask("/who", method="POST", headers={**COOKIE, **headers})).principal


async def test_a_credential_of_its_own_needs_no_origin(town: Town, known: Auth) -> None:
    """What a browser does not attach by itself cannot be sent by another site."""
    assert PAK == (await town.ask("/who", method="POST", headers={**BEARER, **COOKIE})).principal


async def test_auth_away_is_503(town: Town) -> None:
    """Whoever shows a credential that nobody can judge is told to come again, never let in nor turned away."""
    answer = await town.ask("/who", headers=BEARER)
    assert (503, "1") == (answer.status, answer.header("retry-after"))
