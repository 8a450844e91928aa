"""Makes keys: the first at once, each next one a day before it signs; removes those nobody needs (auth.md 3.8)."""

import asyncio
import itertools
from datetime import datetime, timedelta
from typing import Final

import msgspec

from chassis.clock import Clock
from chassis.postgres import Database, Tx
from chassis.vault import Vault
from services.auth.keys import material, ring, store
from services.auth.keys.store import Algorithm, Purpose, StoredKey

LEAD: Final = timedelta(hours=24)
"""Relying parties may keep a JWKS this long; a key is published so long before it signs."""

KEPT: Final = timedelta(days=90)
"""A key stays published for this long after the next one has begun to sign."""

ALGORITHMS: Final[dict[Purpose, Algorithm]] = {"own": "RS256", "resource": "ES256"}


async def as_needed(db: Database, vault: Vault, clock: Clock, period: timedelta) -> list[str]:
    """Makes what is missing or due, removes what is past its time; returns the new kids. May run anywhere, often."""
    now = clock.now()
    due = [purpose for purpose, keys in _by_purpose(await store.living(db)).items() if _due(keys, now, period)]
    made = {purpose: await asyncio.to_thread(_new, purpose, vault, now) for purpose in due}
    async with db.transaction() as tx:
        await store.take_turns(tx)
        living = _by_purpose(await store.living(tx))
        kids = []
        for purpose, key in made.items():
            if _due(living[purpose], now, period):
                kids.append(await _insert(tx, key, now if not living[purpose] else now + LEAD))
        await store.remove(tx, [key.kid for keys in living.values() for key in _outlived(keys, now)], now)
    return kids


async def next_ones(db: Database, vault: Vault, clock: Clock) -> list[str]:
    """The operator's rotation: publishes a new key of each purpose, which will sign after LEAD; returns the kids."""
    now = clock.now()
    made = [await asyncio.to_thread(_new, purpose, vault, now) for purpose in ALGORITHMS]
    async with db.transaction() as tx:
        await store.take_turns(tx)
        living = _by_purpose(await store.living(tx))
        return [await _insert(tx, key, now + LEAD if living[key.purpose] else now) for key in made]


def _by_purpose(keys: list[StoredKey]) -> dict[Purpose, list[StoredKey]]:
    """The newest first, as they were read."""
    return {purpose: [key for key in keys if key.purpose == purpose] for purpose in ALGORITHMS}


def _due(keys: list[StoredKey], now: datetime, period: timedelta) -> bool:
    return not keys or keys[0].active_from + period <= now + LEAD


def _outlived(keys: list[StoredKey], now: datetime) -> list[StoredKey]:
    """Keys whose successor has signed for KEPT."""
    return [older for newer, older in itertools.pairwise(keys) if newer.active_from + KEPT <= now]


def _new(purpose: Purpose, vault: Vault, now: datetime) -> StoredKey:
    algorithm = ALGORITHMS[purpose]
    private = material.new(algorithm)
    jwk = material.public_jwk(private)
    return StoredKey(
        kid=jwk["kid"],
        purpose=purpose,
        algorithm=algorithm,
        public_jwk=jwk,
        private_key=vault.seal(material.written(private), ring.about(jwk["kid"])),
        created_at=now,
        active_from=now,
    )


async def _insert(tx: Tx, key: StoredKey, active_from: datetime) -> str:
    await store.insert(tx, msgspec.structs.replace(key, active_from=active_from))
    return key.kid
