"""The merge session token: whoever is signed in to an account takes a proof of it along, in the same browser."""

import secrets
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Final

import msgspec

from chassis.problems import Unauthorized
from services.auth.accounts import store as accounts
from services.auth.anonymous.refusals import AnonymousNotAllowed
from services.auth.ground import Ground
from services.auth.keys import material
from services.auth.merging.merge import Proven
from services.auth.merging.proofs import store
from services.auth.merging.proofs.store import NewToken
from services.auth.merging.refusals import MergeTokenConsumed, MergeTokenExpired, MergeTokenUnknown

LIFETIME: Final = timedelta(minutes=5)


class Minted(msgspec.Struct, frozen=True, kw_only=True):
    """`plain` exists here and in the replies to its owner, nowhere else."""

    plain: str
    expires_at: datetime


async def mint(ground: Ground, user_id: int, idempotency_key: str | None) -> Minted:
    """The same unused token again for the same key. Raises Unauthorized, AnonymousNotAllowed."""
    now = ground.clock.now()
    async with ground.db.transaction() as tx:
        account = await accounts.lock(tx, user_id)  # repeats at once are answered one after the other
        if account is None or not account.living:
            raise Unauthorized
        if account.anonymous:
            raise AnonymousNotAllowed
        if idempotency_key is not None:
            known = await store.unused_token(tx, user_id, idempotency_key, now)
            plain = None if known is None else _plain(ground, user_id, known.salt)
            # A token that was derived with a key of before the last rotation cannot be told again.
            if known is not None and plain is not None and _digest(plain) == known.sha256:
                return Minted(plain=plain, expires_at=known.expires_at)
        salt = secrets.token_bytes(32)
        plain, expires_at = _plain(ground, user_id, salt), now + LIFETIME
        new = NewToken(
            user_id=user_id,
            sha256=_digest(plain),
            salt=salt,
            idempotency_key=idempotency_key,
            expires_at=expires_at,
        )
        await store.insert_token(tx, new, now)
    return Minted(plain=plain, expires_at=expires_at)


async def proven(ground: Ground, shown: str) -> Proven:
    """Raises MergeTokenUnknown, MergeTokenExpired, MergeTokenConsumed."""
    found, now = await store.token(ground.db, _digest(shown)), ground.clock.now()
    if found is None:
        raise MergeTokenUnknown
    if found.consumed_at is not None:
        raise MergeTokenConsumed
    if found.expires_at <= now:
        raise MergeTokenExpired
    return Proven(
        target_id=found.user_id,
        via="session_token",
        idempotency_key=f"st:{found.id}",
        spent=MergeTokenConsumed(),
        spend=partial(store.spend_token, token_id=found.id, now=now),
    )


def _plain(ground: Ground, user_id: int, salt: bytes) -> str:
    """Derived, so that it can be told again though only its digest is kept."""
    return f"ltgt_{material.encoded(ground.vault.derive(f'merge token/{user_id}/{salt.hex()}'))}"


def _digest(shown: str) -> bytes:
    return sha256(shown.encode(errors="surrogatepass")).digest()
