"""private_key_jwt: clients that sign instead of telling a secret (RFC 7523)."""

import asyncio
import contextlib
import itertools
from datetime import timedelta
from typing import Any

import httpx
import pytest
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from chassis.clock import FrozenClock
from chassis.outbound import Outbound, Policy
from contracts.applications import Application
from services.auth.clients.assertion import TYPE
from services.auth.clients.key_sets import KeySets
from tests.auth.people import ISSUER, NOON
from tests.auth.rp import RESOURCE, SECRET, Auth, World, a_machine, changed, with_management

_numbers = itertools.count(1)
KEY = ECKey.generate_key("P-256", parameters={"kid": "first"}, private=True)


def a_signer(key: Any = KEY, **changes: Any) -> Application:
    usual = {
        "token_endpoint_auth_method": "private_key_jwt",
        "secret_sha256": None,
        "jwks": {"keys": [key.as_dict(private=False)]},
    }
    return a_machine(**{**usual, **changes})


def assertion(world: World, app: Application, key: Any = KEY, header: dict[str, Any] | None = None, **of: Any) -> str:
    """A good one; None leaves a claim out."""
    now = int(world.clock.now().timestamp())
    usual = {"iss": app.client_id, "sub": app.client_id, "aud": ISSUER, "exp": now + 60, "jti": f"a{next(_numbers)}"}
    claims = {name: value for name, value in {**usual, **of}.items() if value is not None}
    alg = "ES256" if isinstance(key, ECKey) else "RS256"
    return jwt.encode({"alg": alg, "kid": key.kid, **(header or {})}, claims, key, algorithms=[alg])


async def ask(auth: Auth, shown: str, **form: str) -> httpx.Response:
    usual = {"grant_type": "client_credentials", "resource": RESOURCE, "client_assertion_type": TYPE}
    return await auth.token({**usual, "client_assertion": shown, **form}, None)


@pytest.mark.parametrize("key", [KEY, RSAKey.generate_key(2048, {"kid": "rsa"}, private=True)], ids=["EC", "RSA"])
async def test_a_signature_authenticates(world: World, key: Any) -> None:
    """At the token endpoint, with or without client_id beside it, for the issuer or the endpoint; introspection too."""
    app = await with_management(world, a_signer(key))
    answer = await ask(world, assertion(world, app, key), client_id=app.client_id)
    assert 200 == answer.status_code, answer.text
    assert 200 == (await ask(world, assertion(world, app, key, aud=f"{ISSUER}/oauth/token"))).status_code
    async with world.browser() as http:
        shown = {"client_assertion": assertion(world, app, key), "client_assertion_type": TYPE}
        told = await http.post("/oauth/introspect", data={"token": answer.json()["access_token"], **shown})
    assert told.json()["active"]


async def test_an_assertion_may_name_each_endpoint_that_takes_one(world: World) -> None:
    """Its address, or the issuer (auth.md 3.6); an endpoint without clients is no audience."""
    app = await with_management(world, a_signer())
    asked = {"resource": RESOURCE}
    for end in ("token", "par", "introspect", "revoke", "device_authorization"):
        shown = assertion(world, app, aud=f"{ISSUER}/oauth/{end}")
        assert 200 == (await ask(world, shown, **asked)).status_code, end
    assert 401 == (await ask(world, assertion(world, app, aud=f"{ISSUER}/oauth/userinfo"))).status_code


async def test_replay_of_an_assertion(world: World) -> None:
    """Of twenty at once over two processes one counts; a client that changes does not spend it twice."""
    app, other = await with_management(world, a_signer()), world.process()
    assert 200 == (await ask(world, assertion(world, app))).status_code
    app = await world.tell(changed(app, name="Other"))
    shown = assertion(world, app)
    answers = await asyncio.gather(*(ask((world, other)[n % 2], shown) for n in range(20)))
    assert [200, *[401] * 19] == sorted(answer.status_code for answer in answers)


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "logi_" + "0" * 32},
        {"aud": "https://id.evil.example"},
        {"aud": [ISSUER, "https://id.evil.example"]},
        {"aud": []},
        {"exp": 1},
        {"exp": 9_999_999_999},
        {"exp": 1e300},
        {"exp": "soon"},
        {"nbf": 9_999_999_999},
        {"jti": None},
        {"jti": ""},
        {"sub": 5},
        {"header": {"typ": "dpop+jwt"}},
        {"header": {"kid": "second"}},
        {"key": ECKey.generate_key("P-256", parameters={"kid": "first"}, private=True)},
    ],
    ids=lambda wrong: "another key" if "key" in wrong else str(wrong),
)
async def test_assertions_that_do_not_count(world: World, wrong: dict[str, Any]) -> None:
    """Of another, for another, too old, too long, nameless, of another type or key: 401 with the cause, never a 5xx."""
    app = await with_management(world, a_signer())
    answer = await ask(world, assertion(world, app, **wrong))
    assert (401, "invalid_client") == (answer.status_code, answer.json()["error"]), answer.text


async def test_neither_method_passes_for_the_other(world: World) -> None:
    """A signer's secret and another's signature are refused; two methods at once are an invalid request."""
    signer = await with_management(world, a_signer(secret_sha256=a_machine().secret_sha256))
    form = {"grant_type": "client_credentials", "resource": RESOURCE, "client_id": signer.client_id}
    assert 401 == (await world.token(form, SECRET)).status_code
    assert 401 == (await world.token(form, None)).status_code
    plain = await with_management(world, a_machine(jwks={"keys": [KEY.as_dict(private=False)]}))
    assert 401 == (await ask(world, assertion(world, plain))).status_code
    both = await ask(world, assertion(world, signer), client_secret=SECRET)
    assert (400, "invalid_request") == (both.status_code, both.json()["error"])
    assert 400 == (await ask(world, assertion(world, signer), client_assertion_type="x")).status_code
    assert 401 == (await ask(world, "x.y.z")).status_code


async def test_a_key_taken_away_counts_no_more(world: World) -> None:
    """From the moment that the record says so."""
    app = await with_management(world, a_signer())
    assert 200 == (await ask(world, assertion(world, app))).status_code
    other = ECKey.generate_key("P-256", parameters={"kid": "second"}, private=True)
    await world.tell(changed(app, jwks={"keys": [other.as_dict(private=False)]}))
    assert 401 == (await ask(world, assertion(world, app))).status_code
    assert 200 == (await ask(world, assertion(world, app, other))).status_code


async def test_published_keys_are_kept_and_looked_at_again() -> None:
    """Once in ten minutes; sooner for a kid that is new, but not for each forgery; an absence leaves the old keys."""
    clock, told, asked = FrozenClock(NOON), [200, b'{"keys":[{"kid":"a"}]}'], []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=told[0], body=told[1])

    async with Loopback(answer) as address, contextlib.AsyncExitStack() as stack:
        outbound = Outbound(Policy(http_loopback=True))
        stack.push_async_callback(outbound.stop)
        sets = KeySets(outbound, clock)

        async def kids(kid: str | None) -> list[Any]:
            return [key["kid"] for key in await sets.at(address, kid)]

        assert [["a"], ["a"], ["a"]] == [await kids("a"), await kids(None), await kids("b")]
        assert 1 == len(asked)
        told[1] = b'{"keys":[{"kid":"b"}]}'
        clock.advance(timedelta(seconds=31))
        assert (["b"], 2) == (await kids("b"), len(asked))
        for told[:] in ([500, b"{}"], [200, b"<html>"], [200, b"[]"]):
            clock.advance(timedelta(minutes=11))
            assert ["b"] == await kids("b")
        assert 5 == len(asked)


class Loopback:
    """An application's server on this machine."""

    def __init__(self, answer: Any) -> None:
        self._runner = web.AppRunner(_app(answer))

    async def __aenter__(self) -> str:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/jwks.json"

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()


def _app(answer: Any) -> web.Application:
    app = web.Application()
    app.router.add_get("/jwks.json", answer)
    return app


async def test_ssrf_in_jwks_uri(world: World) -> None:
    """An address inside our house is not asked; the client is just not authenticated."""
    for uri in ("https://127.0.0.1/jwks", "https://169.254.169.254/latest", "http://[::1]/", "file:///etc/passwd"):
        app = await with_management(world, a_signer(jwks=None, jwks_uri=uri))
        answer = await ask(world, assertion(world, app))
        assert (401, "No keys of this client are known.") == (
            answer.status_code,
            answer.json()["error_description"],
        )
