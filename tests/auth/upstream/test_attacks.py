"""A provider, a person or a third party that lies: nobody is signed in as somebody else."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from services.auth.upstream import configure
from tests.auth.rp import Auth, World
from tests.auth.upstream import elsewhere, hostile
from tests.auth.upstream.hostile import Hostile

TIMES = {"exp", "iat", "nbf"}
"""Claims that are told in seconds from now."""


@pytest.fixture(scope="module")
async def liar() -> AsyncIterator[Hostile]:
    async with hostile.listening() as one:
        yield one


@pytest.fixture(scope="module")
async def process(world: World, liar: Hostile) -> AsyncIterator[Auth]:
    made = elsewhere.reaching_loopback(world)
    for key in ("liar", "other"):
        await connector(made, key, liar)
    yield made
    await made.ground.outbound.stop()


async def connector(auth: Auth, key: str, liar: Hostile, **more: Any) -> None:
    given = {"client_id": "logi", "secret": "s3cret", "settings": {"issuer": liar.issuer}, **more}
    ground = auth.ground
    await configure.connector(ground.db, ground.vault, ground.clock, key, json.dumps(given).encode())


async def callback(http: httpx.AsyncClient, liar: Hostile, key: str = "liar", **changes: str) -> httpx.Response:
    """Sets out, and comes back with a code; `changes` to what the browser brings."""
    told = elsewhere.query(await elsewhere.set_out(http, "liar"))
    liar.nonce = told["nonce"]
    return await http.get(f"/auth/{key}/web/callback", params={"code": "c", "state": told["state"], **changes})


async def test_the_right_answer_is_believed(process: Auth, liar: Hostile) -> None:
    """What the other tests change is all that keeps the liar out; the code went there with its verifier."""
    liar.reset()
    async with process.browser() as http:
        assert 303 == (await callback(http, liar)).status_code
    assert {"authorization_code", "c"} == {liar.forms[-1]["grant_type"], liar.forms[-1]["code"]}
    assert 43 == len(liar.forms[-1]["code_verifier"])


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "somebody-else"},
        {"aud": ["logi", "somebody-else"]},
        {"aud": ["logi", "somebody-else"], "azp": "somebody-else"},
        {"azp": "somebody-else"},
        {"iss": "https://accounts.google.com"},
        {"exp": -3600},
        {"iat": -86400},
        {"iat": 3600},
        {"nbf": 3600},
        {"sub": ""},
        {"sub": "x" * 256},
        {"sub": None},
        {"sub": 42},
        {"at_hash": "wrong"},
    ],
    ids=str,
)
async def test_a_claim_that_does_not_hold(process: Auth, liar: Hostile, claims: dict[str, Any]) -> None:
    """Each check of OpenID Connect Core 3.1.3.7 refuses by itself, and no session begins."""
    liar.reset()
    now = int(time.time())
    liar.claims = {name: now + value if name in TIMES else value for name, value in claims.items()}
    async with process.browser() as http:
        answer = await callback(http, liar)
        assert (400, True) == (answer.status_code, "logi_session" not in http.cookies), answer.text


@pytest.mark.parametrize("nonce", [None, "", "another", 7])
async def test_missing_nonce_accepted_in_no_form(process: Auth, liar: Hostile, nonce: object) -> None:
    """An ID token without the nonce of this very sign-in, or with another one, begins no session."""
    liar.reset()
    liar.claims = {"nonce": nonce}
    async with process.browser() as http:
        answer = await callback(http, liar)
        assert (400, True) == (answer.status_code, "logi_session" not in http.cookies), answer.text


async def test_a_signature_that_does_not_hold(process: Auth, liar: Hostile) -> None:
    """alg none, another key, an unknown kid, HS256 with the public key, an extension, no token at all."""
    forged = [
        {"seal": hostile.unsigned},
        {"seal": lambda claims: liar.jws(claims, liar.other_key)},
        {"head": {"kid": "unknown"}},
        {"head": {"alg": "HS256"}},
        {"head": {"crit": ["b64"], "b64": False}},
        {"seal": lambda _: "no token"},
        {"seal": lambda _: None},
    ]
    for forgery in forged:
        liar.reset()
        for name, value in forgery.items():
            setattr(liar, name, value)
        async with process.browser() as http:
            assert 400 == (await callback(http, liar)).status_code, forgery


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b'{"access_token":1}', b"x" * 100_000])
async def test_a_token_endpoint_that_talks_nonsense(process: Auth, liar: Hostile, body: bytes) -> None:
    """It is the provider's failure, told as one."""
    liar.reset()
    liar.body = body
    async with process.browser() as http:
        assert 502 == (await callback(http, liar)).status_code


async def test_a_mix_up(process: Auth, liar: Hostile) -> None:
    """A state counts for the provider it was made for, and an answer that names another issuer goes no further."""
    liar.reset()
    async with process.browser() as http:
        assert 400 == (await callback(http, liar, key="other")).status_code
        before = len(liar.forms)
        assert 400 == (await callback(http, liar, iss="https://honest.example")).status_code
        assert before == len(liar.forms), "no code was sent anywhere"
        assert 303 == (await callback(http, liar, iss=liar.issuer)).status_code


async def test_metadata_of_somebody_else(process: Auth, liar: Hostile) -> None:
    """A discovery document that names another issuer makes no provider (Discovery 1.0 section 4.3)."""
    liar.reset()
    liar.document = {"issuer": "https://honest.example"}
    await connector(process, "odd", liar, settings={"issuer": f"{liar.issuer}/"})
    async with process.browser() as http:
        answer = await http.get("/auth/odd/web/start")
    assert 502 == answer.status_code
    liar.reset()


async def test_a_state_is_good_once(process: Auth, liar: Hostile) -> None:
    """Twenty callbacks with one state at the same time: one signs in."""
    liar.reset()
    async with process.browser() as http:
        told = elsewhere.query(await elsewhere.set_out(http, "liar"))
        liar.nonce = told["nonce"]
        there = {"code": "c", "state": told["state"]}
        answers = await asyncio.gather(*(http.get("/auth/liar/web/callback", params=there) for _ in range(20)))
    assert [303] + [400] * 19 == sorted(answer.status_code for answer in answers)


async def test_login_csrf(process: Auth, liar: Hostile) -> None:
    """A callback that an attacker began elsewhere signs nobody in here, by GET or by form, and is not spent by it."""
    liar.reset()
    async with process.browser() as attacker, process.browser() as victim:
        told = elsewhere.query(await elsewhere.set_out(attacker, "liar"))
        await victim.get("/session/new")
        there = {"code": "c", "state": told["state"]}
        assert 400 == (await victim.get("/auth/liar/web/callback", params=there)).status_code
        posted = await victim.post("/auth/liar/web/callback", data=there)
        assert 400 == (await victim.get(posted.headers["location"])).status_code
        assert "logi_session" not in victim.cookies
        liar.nonce = told["nonce"]
        assert 303 == (await attacker.get("/auth/liar/web/callback", params=there)).status_code


@pytest.mark.parametrize(
    "query", ["", "?state=x", "?code=c&code=d&state=x", "?state=" + "x" * 5000, "?state=%00&code=c"]
)
async def test_a_callback_nobody_asked_for(process: Auth, query: str) -> None:
    """Whatever comes without a journey is refused."""
    async with process.browser() as http:
        assert 400 == (await http.get(f"/auth/liar/web/callback{query}")).status_code


async def test_return_to_leads_nowhere_else(process: Auth, liar: Hostile) -> None:
    """After the sign-in the browser stays here, whatever the start was told."""
    liar.reset()
    for wished in ("https://evil.example/", "//evil.example", "/\\evil.example", "/session/sign_out"):
        async with process.browser() as http:
            told = elsewhere.query(await elsewhere.set_out(http, "liar", wished))
            liar.nonce = told["nonce"]
            answer = await http.get("/auth/liar/web/callback", params={"code": "c", "state": told["state"]})
            assert "/console" == answer.headers["location"]


async def test_first_sign_ins_at_once_make_one_account(process: Auth, liar: Hostile) -> None:
    """Eight browsers of one person who was never here: one account."""
    liar.reset()
    liar.claims = {"sub": "at-once", "nonce": None}
    async with process.browser() as http:
        tolds = [elsewhere.query(await elsewhere.set_out(http, "liar")) for _ in range(8)]
        by_code = {str(number): told["nonce"] for number, told in enumerate(tolds)}
        liar.seal = lambda claims: liar.jws({**claims, "nonce": by_code[liar.forms[-1]["code"]]}, liar.key)
        states = [{"code": str(number), "state": told["state"]} for number, told in enumerate(tolds)]
        answers = await asyncio.gather(*(http.get("/auth/liar/web/callback", params=one) for one in states))
    assert [303] * 8 == [answer.status_code for answer in answers]
    found = "select count(*) from upstream_identities where subject = 'at-once'"
    assert 1 == await process.ground.db.fetchval(found)
    assert 1 == await process.ground.db.fetchval(
        "select count(*) from users where email like 'liar+%' and id = any("
        "select user_id from upstream_identities where subject = 'at-once')"
    )
