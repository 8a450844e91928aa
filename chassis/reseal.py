"""Seals stored secrets anew with the newest key-encryption key, after which an older one may be put away.

The service goes on serving: a value that somebody else changes meanwhile is left to them, and looked at again.
"""

import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple, Protocol

import msgspec
from cryptography.exceptions import InvalidTag

from chassis.postgres import Database, Row
from chassis.settings import Secret
from chassis.vault import KeyUnknown, Vault

BATCH: Final = 500


class Place(msgspec.Struct, frozen=True):
    """A column of sealed values; `about` is the SQL of what each is bound to: what its feature tells the vault."""

    table: str
    column: str
    about: str

    @property
    def name(self) -> str:
        return f"{self.table}.{self.column}"


class Done(NamedTuple):
    """How many values were sealed anew, and how many no key of the settings opens."""

    resealed: int
    unreadable: int


class _Keys(Protocol):
    @property
    def key_encryption_keys(self) -> Secret: ...


def command(places: Sequence[Place]) -> Callable[[_Keys, Database, list[str]], Awaitable[None]]:
    """`reseal`: says what it did with each column. Exit status 1 where a value could not be opened: its key is gone."""

    async def asked(config: _Keys, db: Database, _: list[str]) -> None:
        vault, lost = Vault.from_setting(config.key_encryption_keys), 0
        for place in places:
            done = await column(db, vault, place)
            lost += done.unreadable
            told = f", {done.unreadable} that no key opens" if done.unreadable else ""
            sys.stdout.write(f"{place.name}: {done.resealed} sealed anew{told}\n")
        if lost:
            sys.exit("the settings lack a key, or values were altered; put no key away")
        sys.stdout.write(f"everything here is sealed with {vault.current}\n")

    return asked


async def column(db: Database, vault: Vault, place: Place) -> Done:
    """Goes over a column until nothing is left that an older key sealed, but what cannot be opened."""
    resealed = 0
    while True:
        changed, unreadable = await _once(db, vault, place)
        resealed += changed
        if changed == 0:
            return Done(resealed, unreadable)


async def _once(db: Database, vault: Vault, place: Place) -> tuple[int, int]:
    """From the first row to the last, in the order in which they lie: what was written anew lies behind, and is new."""
    prefix, changed, unreadable, after = f"{vault.current}:".encode(), 0, 0, "(0,0)"
    older = f"""select ctid::text as at, {place.column} as sealed, {place.about} as about from {place.table}
        where {place.column} is not null and substring({place.column} from 1 for $1) <> $2 and ctid > $3::text::tid
        order by ctid limit $4"""  # noqa: S608 - names of our own columns
    while rows := await db.fetch(older, len(prefix), prefix, after, BATCH):
        after = rows[-1]["at"]
        fresh = [(row["at"], row["sealed"], anew) for row in rows if (anew := _anew(vault, row)) is not None]
        unreadable += len(rows) - len(fresh)
        changed += await _write(db, place, fresh)
    return changed, unreadable


async def _write(db: Database, place: Place, fresh: list[tuple[str, bytes, bytes]]) -> int:
    written = f"""update {place.table} kept set {place.column} = given.fresh
        from unnest($1::text[], $2::bytea[], $3::bytea[]) as given (at, sealed, fresh)
        where kept.ctid = given.at::tid and kept.{place.column} = given.sealed"""  # noqa: S608 - names of our own columns
    columns = [[row[number] for row in fresh] for number in range(3)]
    return int((await db.execute(written, *columns)).rpartition(" ")[2])


def _anew(vault: Vault, row: Row) -> bytes | None:
    try:
        return vault.seal(vault.open(row["sealed"], row["about"]), row["about"])
    except (KeyUnknown, InvalidTag):
        return None
