"""From a provider's code to who it is: the code is exchanged, the ID token verified or the person's record read."""

import base64
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote_plus, urlencode

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.auth.ground import Ground
from services.auth.keys import material
from services.auth.upstream import id_token
from services.auth.upstream.id_token import LONGEST_SUBJECT, Claims, Expected
from services.auth.upstream.plans import Plan
from services.auth.upstream.providers import Metadata, fetched
from services.auth.upstream.refusals import AnswerRefused, ProviderUnavailable
from services.auth.upstream.store import Connector

APPLE_SECRET_LIVES: Final = timedelta(minutes=5)
"""Apple allows half a year; one is made for each request, so that none lies around."""

LONGEST_ADDRESS: Final = 254


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What the browser brought, and what only we could have prepared for it."""

    code: str
    code_verifier: str
    nonce: str
    redirect_uri: str


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Who somebody is at a provider."""

    subject: str
    email: str | None = None
    email_verified: bool = False
    authoritative: bool = False
    """Whether the provider's word on the address is the last one."""


async def who(ground: Ground, connector: Connector, metadata: Metadata, proof: Proof) -> Found:
    """Raises ProviderUnavailable, AnswerRefused."""
    plan = connector.plan
    answer = await _tokens(ground, connector, metadata, proof)
    access_token = answer.get("access_token")
    if not isinstance(access_token, str):
        raise ProviderUnavailable
    if plan.kind == "oauth2":
        return await _from_record(ground, plan, access_token)
    expected = Expected(
        issuer=metadata.issuer or "",
        audience=connector.client_id,
        nonce=proof.nonce,
        jwks_uri=metadata.jwks_uri or "",
        access_token=access_token,
    )
    key_sets = ground.providers.key_sets(ground.outbound, ground.clock)
    claims = await id_token.believed(str(answer.get("id_token")), expected, key_sets, ground.clock.now())
    email, verified = claims.email, _yes(claims.email_verified)
    if claims.email_verified is None and metadata.userinfo_endpoint is not None:
        email, verified = await _from_userinfo(ground, metadata.userinfo_endpoint, access_token, claims)
    return _found(plan, claims.sub, email, verified, claims.hd)


def told(plan: Plan, claims: Claims) -> Found:
    """Who somebody is by an ID token alone, that of an app for instance."""
    return _found(plan, claims.sub, claims.email, _yes(claims.email_verified), claims.hd)


async def _tokens(ground: Ground, connector: Connector, metadata: Metadata, proof: Proof) -> dict[str, Any]:
    """The token endpoint's answer (RFC 6749 section 4.1.3)."""
    plan, secret = connector.plan, ground.vault.open(connector.sealed, about(connector.key))
    form = {"grant_type": "authorization_code", "code": proof.code, "redirect_uri": proof.redirect_uri}
    if plan.pkce:
        form["code_verifier"] = proof.code_verifier
    headers: tuple[tuple[str, str], ...] = ()
    if plan.client_auth == "basic":
        pair = f"{quote_plus(connector.client_id)}:{quote_plus(secret.decode())}"
        headers = (("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"),)
    else:
        made = apple_secret(ground, connector, secret) if plan.client_auth == "apple" else secret.decode()
        form |= {"client_id": connector.client_id, "client_secret": made}
    answer = await fetched(ground.outbound, metadata.token_endpoint, form=urlencode(form).encode(), headers=headers)
    if not isinstance(answer, dict):
        raise ProviderUnavailable
    return answer


def about(key: str) -> str:
    """The place that a connector's secret is sealed for."""
    return f"connector/{key}"


def apple_secret(ground: Ground, connector: Connector, pem: bytes) -> str:
    """The client secret that Apple wants: a JWT of the developer team, signed with ES256 by its key."""
    key, now = private_key(pem), int(ground.clock.now().timestamp())
    header = {"alg": "ES256", "kid": connector.plan.key_id, "typ": "JWT"}
    claims = {
        "iss": connector.plan.team_id,
        "iat": now,
        "exp": now + int(APPLE_SECRET_LIVES.total_seconds()),
        "aud": connector.plan.issuer,
        "sub": connector.client_id,
    }
    signed = f"{material.encoded(msgspec.json.encode(header))}.{material.encoded(msgspec.json.encode(claims))}"
    return f"{signed}.{material.encoded(material.sign(key, signed.encode()))}"


def private_key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    """Apple's `.p8`. Raises ValueError for anything but a P-256 key."""
    key = serialization.load_pem_private_key(pem, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("not a P-256 key")  # noqa: TRY004 - a key of another kind is a wrong value
    return key


async def _from_userinfo(ground: Ground, endpoint: str, access_token: str, claims: Claims) -> tuple[str | None, bool]:
    """Its `sub` has to be the ID token's (OpenID Connect Core 5.3.2)."""
    record = await _record(ground, endpoint, access_token)
    if record.get("sub") != claims.sub:
        raise AnswerRefused
    email = record.get("email")
    return (email if isinstance(email, str) else claims.email), _yes(record.get("email_verified"))


async def _from_record(ground: Ground, plan: Plan, access_token: str) -> Found:
    """Who the owner of the token is, where there is no ID token: the token came to us straight from the provider."""
    record = await _record(ground, plan.userinfo_endpoint or "", access_token)
    subject = _at(record, plan.subject)
    if isinstance(subject, bool) or not isinstance(subject, str | int):
        raise AnswerRefused
    email, verified = _at(record, plan.email), _yes(_at(record, plan.email_verified))
    if plan.emails_endpoint is not None:
        email, verified = _primary(await _json(ground, plan.emails_endpoint, access_token))
    return _found(plan, str(subject), email if isinstance(email, str) else None, verified, None)


async def _json(ground: Ground, endpoint: str, access_token: str) -> Any:
    return await fetched(ground.outbound, endpoint, headers=(("Authorization", f"Bearer {access_token}"),))


async def _record(ground: Ground, endpoint: str, access_token: str) -> dict[str, Any]:
    record = await _json(ground, endpoint, access_token)
    if not isinstance(record, dict):
        raise ProviderUnavailable
    return record


def _primary(listed: Any) -> tuple[str | None, bool]:
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict) and one.get("primary") is True and isinstance(one.get("email"), str):
            return one["email"], _yes(one.get("verified"))
    return None, False


def _found(plan: Plan, subject: str, email: str | None, verified: bool, hd: str | None) -> Found:
    if not 1 <= len(subject) <= LONGEST_SUBJECT:
        raise AnswerRefused
    if email is None or len(email) > LONGEST_ADDRESS:
        return Found(subject=subject)
    authoritative = verified and (
        plan.email_trust == "always" or (plan.email_trust == "google" and _googles_own(email, hd))
    )
    return Found(subject=subject, email=email, email_verified=verified, authoritative=authoritative)


def _googles_own(email: str, hd: str | None) -> bool:
    """Whether Google runs the mailbox, as its guide to verifying ID tokens says: of others it knows the past only."""
    return email.lower().endswith("@gmail.com") or bool(hd)


def _yes(value: object) -> bool:
    return value is True or value == "true"


def _at(record: dict[str, Any], path: str) -> Any:
    found: Any = record
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found
