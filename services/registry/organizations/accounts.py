"""Registry's copy of auth's accounts, as a rebuild takes it anew (chassis.events.rebuild.Replica)."""

from collections.abc import Sequence

import msgspec

from chassis.events import Record
from chassis.postgres import Tx
from contracts.events.auth import User
from services.registry.ground import Ground
from services.registry.organizations import depart, store, unite

KEY_DIGITS = 19
"""Auth's snapshot has accounts under their ids, padded so that keys sort as numbers do."""


class Accounts:
    """The snapshot's side; the event's is peers.on_user."""

    kind = "user"

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def keys(self, tx: Tx) -> Sequence[str]:
        return [f"{number:0{KEY_DIGITS}d}" for number in await store.heard_of(tx)]

    async def distrust(self, tx: Tx) -> None:
        await store.distrust(tx)

    async def apply(self, tx: Tx, record: Record) -> None:
        """A closed account leaves its organisations here too; a personal one is made at first need."""
        user = msgspec.json.decode(record.payload, type=User)
        await store.upsert_developer(tx, user.id, user.email, user.version, user.created_at)
        if user.merged_into is not None:
            await unite.people(tx, user.id, user.merged_into)
        if user.deleted_at is not None:
            await depart.person(self._ground, tx, user.id)

    async def remove(self, tx: Tx, keys: Sequence[str]) -> None:
        for number in map(int, keys):
            await depart.person(self._ground, tx, number)
            await depart.purged(tx, number)
            await store.entomb(tx, number)
