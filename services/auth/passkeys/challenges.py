"""Challenges: 256 random bits, given to one browser for one purpose, answered once within a few minutes."""

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from services.auth.accounts.store import Account
from services.auth.ground import Ground
from services.auth.passkeys import store
from services.auth.passkeys.store import Passkey

LIFETIME: Final = timedelta(minutes=5)
"""WebAuthn section 15.1 recommends five to ten minutes; a page may ask for another one."""

ALGORITHMS: Final = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]

_TRANSPORTS = {transport.value: transport for transport in AuthenticatorTransport}


def rp_id(issuer: str) -> str:
    """Passkeys belong to the host of the issuer."""
    return urlsplit(issuer).hostname or "localhost"


def origins(ground: Ground) -> list[str]:
    """Whose pages may ask for a passkey: the issuer's, and those of a console with a host of its own, which the issuer
    names as related (WebAuthn Level 3 section 5.11).
    """
    console = ground.settings.console_origin
    return [ground.issuer, console] if console else [ground.issuer]


async def to_show(ground: Ground, bound_to: bytes, passkeys: list[Passkey], *, verified: bool) -> str:
    """Options for navigator.credentials.get as JSON; without passkeys the browser offers what it has for this host."""
    options = webauthn.generate_authentication_options(
        rp_id=rp_id(ground.issuer),
        challenge=await _new(ground, bound_to),
        timeout=_milliseconds(),
        allow_credentials=[_descriptor(one) for one in passkeys] or None,
        user_verification=(UserVerificationRequirement.REQUIRED if verified else UserVerificationRequirement.PREFERRED),
    )
    return webauthn.options_to_json(options)


async def to_make(ground: Ground, bound_to: bytes, account: Account, passkeys: list[Passkey]) -> str:
    """Options for navigator.credentials.create as JSON; an authenticator that has one already makes no second."""
    options = webauthn.generate_registration_options(
        rp_id=rp_id(ground.issuer),
        rp_name="logi",
        user_id=handle(account.id),
        user_name=account.email or account.sub,
        user_display_name=account.email or account.sub,
        challenge=await _new(ground, bound_to),
        timeout=_milliseconds(),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=[_descriptor(one) for one in passkeys],
        supported_pub_key_algs=ALGORITHMS,
    )
    return webauthn.options_to_json(options)


async def spend(ground: Ground, challenge: bytes, bound_to: bytes) -> bool:
    """Whether the challenge was ours, for this browser, and not answered before; right or wrong, it is gone."""
    return await store.spend_challenge(ground.db, sha256(challenge).digest(), bound_to, ground.clock.now())


def handle(user_id: int) -> bytes:
    """The user handle: a pseudonym, nothing about the person (WebAuthn section 14.6.1)."""
    return str(user_id).encode()


async def _new(ground: Ground, bound_to: bytes) -> bytes:
    challenge = secrets.token_bytes(32)
    await store.keep_challenge(ground.db, sha256(challenge).digest(), bound_to, ground.clock.now() + LIFETIME)
    return challenge


def _descriptor(passkey: Passkey) -> PublicKeyCredentialDescriptor:
    transports = [_TRANSPORTS[name] for name in passkey.transports if name in _TRANSPORTS]
    return PublicKeyCredentialDescriptor(id=passkey.credential_id, transports=transports or None)


def _milliseconds() -> int:
    return int(LIFETIME.total_seconds() * 1000)
