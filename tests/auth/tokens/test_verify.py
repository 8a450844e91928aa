"""Which access tokens count: only ours, whole, of the right kind, and not taken back."""

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from joserfc import jwt as jose
from joserfc.jwk import ECKey

from contracts.principal import AccessToken, Refused
from services.auth.tokens import families, jwt, verify
from tests.auth.rp import RESOURCE, World, a_machine, an_app, changed, with_management


def _parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    head, body, _ = token.split(".")
    return _json(head), _json(body)


def _json(segment: str) -> dict[str, Any]:
    return dict(msgspec.json.decode(base64.urlsafe_b64decode(segment + "==")))


def _segment(members: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(members)).rstrip(b"=").decode()


async def _own(world: World, email: str) -> dict[str, Any]:
    return await world.tokens(await world.tell(an_app()), await world.person(email))


async def _judged(world: World, token: str) -> str:
    found = await verify.access_token(world.ground, token)
    return found.why if isinstance(found, Refused) else "good"


async def test_a_good_token_says_whose_it_is(world: World) -> None:
    """The person, the client, the scopes, what the account is now."""
    ada = await world.person("ada@verify.example")
    app = await world.tell(an_app())
    found = await verify.access_token(world.ground, (await world.tokens(app, ada))["access_token"])
    assert isinstance(found, AccessToken)
    assert (ada.id, str(ada.id), app.client_id, app.client_id) == (
        found.user_id,
        found.sub,
        found.client_id,
        found.audience,
    )
    assert (("openid", "email"), "user", 1) == (found.scopes, found.role, found.identity_verified_level)


async def test_wrong_typ_an_id_token_is_no_access_token(world: World) -> None:
    """Same key, same issuer, and still refused."""
    tokens = await _own(world, "kind@verify.example")
    assert "malformed" == await _judged(world, tokens["id_token"])
    assert 401 == (await world.userinfo(tokens["id_token"])).status_code


@pytest.mark.parametrize(
    "header", [{"alg": "none"}, {"alg": "HS256"}, {"alg": "ES256"}, {"crit": ["exp"]}, {"typ": "at+jwt"}]
)
async def test_jws_crit_none_and_typ_a_changed_header_is_refused(world: World, header: dict[str, Any]) -> None:
    """Whatever the header claims of itself (RFC 8725)."""
    token = (await _own(world, f"{header}@verify.example"))["access_token"]
    head, _ = _parts(token)
    _, body, signature = token.split(".")
    changed_head = _segment({**head, **header})
    assert "malformed" == await _judged(world, f"{changed_head}.{body}.{signature}")
    assert "malformed" == await _judged(world, f"{changed_head}.{body}.")


async def test_jws_hs256_with_a_public_key(world: World) -> None:
    """HS256 with the bytes of our public key as secret (CVE-2015-9235's class)."""
    token = (await _own(world, "hmac@verify.example"))["access_token"]
    head, body = _parts(token)
    key = await world.ground.ring.named(head["kid"])
    assert key is not None
    message = f"{_segment({**head, 'alg': 'HS256'})}.{_segment(body)}"
    for secret in (msgspec.json.encode(key.stored.public_jwk), key.stored.public_jwk["n"].encode()):
        mac = base64.urlsafe_b64encode(hmac.digest(secret, message.encode(), hashlib.sha256)).rstrip(b"=").decode()
        assert "malformed" == await _judged(world, f"{message}.{mac}")


async def test_anothers_key_under_our_kid_is_refused(world: World) -> None:
    """A stranger's signature over our claims."""
    head, body = _parts((await _own(world, "stranger@verify.example"))["access_token"])
    stranger = ECKey.generate_key("P-256")
    assert "malformed" == await _judged(world, jose.encode({**head, "alg": "ES256"}, body, stranger))


@pytest.mark.parametrize("claims", [{"iss": "https://evil.example"}, {"scope": None}, {"exp": "soon"}, {"jti": "x"}])
async def test_our_signature_on_other_claims_is_not_enough(world: World, claims: dict[str, Any]) -> None:
    """Issuer, kind and types are judged even where the signature holds."""
    _, body = _parts((await _own(world, f"{claims}@verify.example"))["access_token"])
    key = await world.ground.ring.signing("own")
    assert "malformed" == await _judged(world, jwt.write(key, "JWT", {**body, **claims}))


async def test_a_header_of_a_thousand_brackets(world: World) -> None:
    """Is as malformed as any other; nobody else's request suffers from it."""
    deep = base64.urlsafe_b64encode(b'{"a":' + b"[" * 1100 + b"]" * 1100 + b"}").rstrip(b"=").decode()
    assert "malformed" == await _judged(world, f"{deep}.e30.eA")


async def test_a_token_ends_with_its_time(world: World) -> None:
    """At `exp`, not later."""
    token = (await _own(world, "time@verify.example"))["access_token"]
    world.clock.advance(timedelta(minutes=15))
    assert "expired" == await _judged(world, token)


async def test_a_single_token_can_be_taken_back(world: World) -> None:
    """By its jti, while others of its family stay."""
    token = (await _own(world, "jti@verify.example"))["access_token"]
    insert = "insert into revoked_tokens (jti, expires_at) values ($1, now())"
    await world.db.execute(insert, UUID(_parts(token)[1]["jti"]))
    assert "revoked" == await _judged(world, token)


async def test_a_suspended_client_has_no_tokens(world: World) -> None:
    """A machine's token too, at either issuer, ends with the client's standing."""
    app = await with_management(world, a_machine())
    form = {"grant_type": "client_credentials", "resource": RESOURCE, "client_id": app.client_id}
    token = (await world.token(form)).json()["access_token"]
    found = await verify.access_token(world.ground, token)
    assert isinstance(found, AccessToken)
    assert (RESOURCE, None, ("all",)) == (found.audience, found.user_id, found.scopes)
    await world.tell(changed(app, status="suspended"))
    assert "client_inactive" == await _judged(world, token)


def test_a_jti_names_its_family() -> None:
    """And is an ordinary UUID to everybody else."""
    for family_id in (0, 1, 2**60 - 1, families.new_id()):
        jti = families.new_jti(family_id)
        assert (family_id, 8, jti) == (families.family_of(jti), jti.version, UUID(str(jti)))
        assert jti.variant == "specified in RFC 4122"


async def test_a_remembered_token_ends_with_its_key(world: World) -> None:
    """A signature that held once holds as long as its key is published, and what ends the token is asked each time."""
    token = (await _own(world, "key@verify.example"))["access_token"]
    other = (await _own(world, "other@verify.example"))["access_token"]
    assert ["good"] * 4 == [await _judged(world, each) for each in (token, token, other, other)]
    kid = _parts(other)[0]["kid"]
    await world.db.execute("update signing_keys set removed_at = now() where kid = $1", kid)
    world.clock.advance(timedelta(seconds=61))
    assert ["malformed"] * 2 == [await _judged(world, each) for each in (token, other)]
    await world.db.execute("update signing_keys set removed_at = null where kid = $1", kid)
    world.clock.advance(timedelta(seconds=61))
