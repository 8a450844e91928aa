"""Answers a repeated request with the answer of its first one, for 24 hours."""

import asyncio
import hashlib
from datetime import timedelta
from typing import Final

import msgspec

from chassis.postgres import Tx
from chassis.problems import InvalidRequest
from services.registry.applications.refusals import IdempotencyKeyReused
from services.registry.ground import Ground
from services.registry.idempotency import store

KEPT: Final = timedelta(hours=24)
MAX_KEY: Final = 255
PATIENCE: Final = timedelta(seconds=5)
"""How long a repeat waits for the first request's answer."""


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A key as one request carries it."""

    user_id: int
    key: str
    fingerprint: bytes


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    status: int
    body: bytes


class KeyClaimed(Exception):
    """Another request with this key is at work; its answer is the one to give."""


def claim(user_id: int, key: str, *parts: bytes) -> Claim:
    """`parts` make the request what it is. Raises InvalidRequest for a key that is none."""
    if not 1 <= len(key) <= MAX_KEY or not key.isascii() or not key.isprintable():
        raise InvalidRequest(f"Idempotency-Key is 1 to {MAX_KEY} printable ASCII characters.")
    digest = hashlib.sha256(b"".join(len(part).to_bytes(4) + part for part in parts)).digest()
    return Claim(user_id=user_id, key=key, fingerprint=digest)


async def find(ground: Ground, held: Claim) -> Replayed | None:
    """The kept answer. Raises IdempotencyKeyReused where the key came with another request."""
    kept = await store.find(ground.db, held.user_id, held.key, ground.clock.now() - KEPT)
    if kept is None:
        return None
    if kept.fingerprint != held.fingerprint:
        raise IdempotencyKeyReused
    if kept.reply is None or kept.status is None:
        return None
    return Replayed(status=kept.status, body=ground.vault.open(kept.reply, _about(held)))


async def wait(ground: Ground, held: Claim) -> Replayed:
    """The answer of the request that has the key. Raises IdempotencyKeyReused where it does not come."""
    deadline = ground.clock.monotonic() + PATIENCE.total_seconds()
    while ground.clock.monotonic() < deadline:
        found = await find(ground, held)
        if found is not None:
            return found
        await asyncio.sleep(0.05)
    raise IdempotencyKeyReused("The first request with this key has not been answered.", headers={"retry-after": "5"})


async def take(ground: Ground, tx: Tx, held: Claim) -> None:
    """In the transaction of the change. Raises KeyClaimed."""
    now = ground.clock.now()
    if not await store.claim(tx, held.user_id, held.key, held.fingerprint, now, now - KEPT):
        raise KeyClaimed


async def keep(ground: Ground, held: Claim, status: int, body: bytes) -> None:
    """After the change; the answer is sealed, because it holds secrets that are shown once."""
    await store.keep(ground.db, held.user_id, held.key, status, ground.vault.seal(body, _about(held)))


def _about(held: Claim) -> str:
    return f"idempotency/{held.user_id}/{held.key}"
