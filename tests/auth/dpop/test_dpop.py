"""DPoP (RFC 9449): tokens that are worth nothing without their key."""

import asyncio
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import OctKey, OKPKey, RSAKey

from contracts.principal import AccessToken, Refused
from contracts.questions.auth import PrincipalOf
from services.auth.dpop import nonce
from services.auth.dpop.check import of_client
from tests.auth.dpop.proofs import TOKEN_URL, USERINFO_URL, Holder, an_ec_key, ath, claims, proof
from tests.auth.rp import RESOURCE, World, a_machine, an_app, with_management


async def holder(world: World, **app: Any) -> tuple[Holder, dict[str, Any]]:
    """A client with tokens bound to its key."""
    one = Holder(world, await world.tell(an_app(**app)))
    ada = await world.person(f"ada{one.app.id}@dpop.example")
    answer = await one.redeem(await world.code(one.app, ada))
    assert 200 == answer.status_code, answer.text
    return one, dict(answer.json())


@pytest.mark.parametrize(
    "key", [None, RSAKey.generate_key(2048), OKPKey.generate_key("Ed25519")], ids=["EC", "RSA", "Ed25519"]
)
async def test_tokens_are_bound_to_the_key(world: World, key: Any) -> None:
    """token_type DPoP, `cnf.jkt` is the RFC 7638 thumbprint, the answer brings the next nonce, userinfo takes both."""
    one = Holder(world, await world.tell(an_app()), key)
    ada = await world.person(f"ada{one.app.id}@bound.example")
    answer = await one.redeem(await world.code(one.app, ada))
    assert (200, "DPoP") == (answer.status_code, answer.json()["token_type"]), answer.text
    token = answer.json()["access_token"]
    assert {"jkt": one.key.thumbprint()} == claims(token)["cnf"]
    assert nonce.lives(world.ground.vault, answer.headers["dpop-nonce"], world.clock.now())
    assert 200 == (await one.userinfo(token)).status_code


async def test_a_bound_token_is_no_bearer_token(world: World) -> None:
    """As a bearer token, with another key's proof, or without one it is refused, and so is an unbound one as DPoP."""
    one, tokens = await holder(world)
    token, bare = tokens["access_token"], (await world.tokens(one.app, await world.person("plain@dpop.example")))
    thief = Holder(world, one.app)
    answers = [
        await world.userinfo(token),
        await one.userinfo(token, scheme="Bearer"),
        await thief.userinfo(token),
        await one.userinfo(bare["access_token"]),
    ]
    causes = ["bound to a key", "bound to a key", "bound to another key", "not bound to a key"]
    assert [(401, f"The access token does not count: {cause}.") for cause in causes] == [
        (answer.status_code, answer.json()["error_description"]) for answer in answers
    ]
    assert answers[2].headers["www-authenticate"].startswith("DPoP ")


async def test_the_gateway_is_told_by_what_a_caller_came(world: World) -> None:
    """via=dpop with a fresh proof for this method and address, Refused with anything less."""
    one, tokens = await holder(world)
    token, url = tokens["access_token"], "http://localhost:8000/api/v1/me"

    async def found(scheme: str = "DPoP", shown: str | None = None, **of: Any) -> Any:
        question = PrincipalOf(authorization=f"{scheme} {token}", dpop=shown, **{"method": "GET", "url": url, **of})
        return await world.gate.resolver.of(question)

    def fresh() -> str:
        return one.proof(htm="GET", htu=url, ath=ath(token))

    used = fresh()
    caller = await found(shown=used)
    assert isinstance(caller, AccessToken)
    assert "dpop" == caller.via
    refused = [
        await found(shown=used),
        await found(),
        await found("Bearer", fresh()),
        await found(shown=fresh(), method="POST"),
        await found(shown=fresh(), url=f"{url}/x"),
        await found(shown=one.proof(htm="GET", htu=url)),
    ]
    assert {Refused} == {type(one) for one in refused}


async def test_refresh_tokens_of_public_clients_are_bound(world: World) -> None:
    """Without the key a stolen one is worthless, and the attempt does not hurt the owner's family."""
    one, tokens = await holder(world, client_type="public")
    token = tokens["refresh_token"]
    assert "invalid_grant" == (await Holder(world, one.app).refresh(token)).json()["error"]
    assert "invalid_grant" == (await world.refresh(one.app, token)).json()["error"]
    assert (200, "DPoP") == ((answer := await one.refresh(token)).status_code, answer.json()["token_type"])


async def test_a_confidential_client_may_change_its_key(world: World) -> None:
    """It authenticates anyway (RFC 9449 section 5)."""
    one, tokens = await holder(world)
    other = Holder(world, one.app)
    answer = await other.refresh(tokens["refresh_token"])
    assert {"jkt": other.key.thumbprint()} == claims(answer.json()["access_token"])["cnf"]


async def test_machines_may_bind_too(world: World) -> None:
    """client_credentials with a proof."""
    one = Holder(world, await with_management(world, a_machine()))
    answer = await one.token(grant_type="client_credentials", resource=RESOURCE)
    assert ("DPoP", one.key.thumbprint()) == (
        answer.json()["token_type"],
        claims(answer.json()["access_token"])["cnf"]["jkt"],
    )


async def test_introspection_tells_of_the_key(world: World) -> None:
    """token_type DPoP and cnf (RFC 9449 section 6.2)."""
    one, tokens = await holder(world)
    told = (await world.post("/oauth/introspect", one.app, token=tokens["access_token"])).json()
    assert (True, "DPoP", one.key.thumbprint()) == (told["active"], told["token_type"], told["cnf"]["jkt"])


async def test_a_nonce_of_ours_is_asked_for(world: World) -> None:
    """Without one, with a stranger's, or with one that is too old: use_dpop_nonce and a good one to use."""
    one = Holder(world, await with_management(world, a_machine()))
    old = nonce.new(world.ground.vault, world.clock.now() - timedelta(minutes=5, seconds=1))
    form = {"grant_type": "client_credentials", "resource": RESOURCE}
    for shown in (None, "bm9uc2Vuc2U", old, "x" * 500):
        answer = await one.token(one.proof(nonce=shown), **form)
        assert (400, "use_dpop_nonce") == (answer.status_code, answer.json()["error"])
        again = await one.token(one.proof(nonce=answer.headers["dpop-nonce"]), **form)
        assert 200 == again.status_code, again.text


async def test_replay_of_a_proof(world: World) -> None:
    """Twenty at once over two processes: one counts; afterwards, and after a restart, none does."""
    one, other = Holder(world, await with_management(world, a_machine())), world.process()
    shown, form = one.proof(), {"grant_type": "client_credentials", "resource": RESOURCE}
    answers = await asyncio.gather(*(one.token(shown, (world, other)[n % 2], **form) for n in range(20)))
    assert [200, *[400] * 19] == sorted(answer.status_code for answer in answers)
    late = await one.token(shown, world.process(), **form)
    assert (400, "invalid_dpop_proof") == (late.status_code, late.json()["error"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"htm": "GET"},
        {"htu": USERINFO_URL},
        {"htu": "http://localhost:8000.evil.example/oauth/token"},
        {"htu": "https://localhost:8000/oauth/token"},
        {"htu": "http://[/oauth/token"},
        {"iat": 0},
        {"iat": None},
        {"iat": 1e308},
        {"iat": "now"},
        {"jti": None},
        {"jti": ""},
        {"jti": "x" * 300},
        {"jti": 5},
        {"htm": None},
    ],
    ids=str,
)
async def test_proofs_for_something_else(world: World, wrong: dict[str, Any]) -> None:
    """Method, address, time and name have to be this request's."""
    one = Holder(world, await with_management(world, a_machine()))
    answer = await one.token(one.proof(**wrong), grant_type="client_credentials", resource=RESOURCE)
    assert (400, "invalid_dpop_proof") == (answer.status_code, answer.json()["error"])


@pytest.mark.parametrize(
    ("htu", "status"),
    [
        (f"{TOKEN_URL}?a=b#c", 200),
        ("HTTP://LocalHost:8000/oauth/token", 200),
        ("http://localhost:8000/%6Fauth/%74oken", 200),
        ("http://localhost:8000/oauth%2Ftoken", 400),
        ("http://localhost:8000/OAuth/token", 400),
        ("http://localhost:8000/oauth/token/", 400),
        ("http://localhost/oauth/token", 400),
        ("/oauth/token", 400),
    ],
)
async def test_an_address_may_be_spelled_otherwise(world: World, htu: str, status: int) -> None:
    """RFC 9449 section 4.3: without query and fragment, and after the normalisation of RFC 3986 section 6.2.2."""
    one = Holder(world, await with_management(world, a_machine()))
    answer = await one.token(one.proof(htu=htu), grant_type="client_credentials", resource=RESOURCE)
    assert status == answer.status_code, answer.text


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT"},
        {"jwk": None},
        {"jwk": "x"},
        {"jwk": an_ec_key().as_dict(private=True)},
        {"jwk": an_ec_key().as_dict(private=False)},
        {"jwk": OctKey.import_key("secret-secret-secret-secret-secret").as_dict()},
        {"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}},
        {"jwk": RSAKey.generate_key(2048).as_dict(private=False)},
        {"crit": ["exp"], "exp": 1},
    ],
    ids=lambda header: str(sorted(header)),
)
async def test_jws_crit_wrong_typ_and_keys_that_are_none(world: World, header: dict[str, Any]) -> None:
    """The header cannot talk us into anything."""
    one = Holder(world, await with_management(world, a_machine()))
    real = one.proof().split(".")
    head = json.loads(urlsafe_b64decode(real[0] + "=="))
    made = encoded(json.dumps({**head, **header}).encode())
    answer = await one.token(f"{made}.{real[1]}.{real[2]}", grant_type="client_credentials", resource=RESOURCE)
    assert (400, "invalid_dpop_proof") == (answer.status_code, answer.json()["error"])


def encoded(raw: bytes) -> str:
    """base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.parametrize("alg", ["none", "HS256", "ES512", "RS1"])
async def test_algorithms_outside_the_list(world: World, alg: str) -> None:
    """alg none, HS256 with a public key, and whatever else is not on the list."""
    one = Holder(world, await with_management(world, a_machine()))
    real = one.proof().split(".")
    head = json.loads(urlsafe_b64decode(real[0] + "=="))
    shown = f"{encoded(json.dumps({**head, 'alg': alg}).encode())}.{real[1]}."
    answer = await one.token(shown, grant_type="client_credentials", resource=RESOURCE)
    assert (400, "invalid_dpop_proof") == (answer.status_code, answer.json()["error"])


async def test_two_proofs_are_none(world: World) -> None:
    """The header may be given once."""
    key, now = an_ec_key(), world.clock.now()
    with pytest.raises(Exception, match="twice"):
        await of_client(world.ground, [proof(key, now), proof(key, now)], TOKEN_URL)


async def test_userinfo_wants_its_own_proof(world: World) -> None:
    """No header, no ath, a used one: 401 with the DPoP challenge."""
    one, tokens = await holder(world)
    token = tokens["access_token"]
    used = one.proof(htm="GET", htu=USERINFO_URL, ath=ath(token))
    assert 200 == (await one.userinfo(token, used)).status_code
    async with world.browser() as http:
        bare = await http.get("/oauth/userinfo", headers={"authorization": f"DPoP {token}"})
    answers = [bare, await one.userinfo(token, used), await one.userinfo(token, one.proof(htm="GET", htu=USERINFO_URL))]
    assert [(401, "invalid_dpop_proof")] * 3 == [(one.status_code, one.json()["error"]) for one in answers]
    assert "ES256" in bare.headers["www-authenticate"]
