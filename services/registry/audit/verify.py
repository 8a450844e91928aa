"""`audit verify`: recomputes the chain of hashes and says where it does not hold."""

import hashlib
import sys
from datetime import datetime, timedelta
from typing import Final

import msgspec

from chassis.clock import SystemClock
from chassis.postgres import Database, Tx
from services.registry.audit import store
from services.registry.audit.entry import Entry
from services.registry.audit.store import Link
from services.registry.settings import Settings

ROOT = hashlib.sha256(b"logi registry audit").digest()
KEPT: Final = timedelta(days=7 * 365)
"""No entry forgets what it said before it is this old (registry.md 13)."""


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    entries: int
    head: str
    """`number:hash`; kept elsewhere, it lets a later run prove that nothing up to it was rewritten."""
    fault: str | None


async def chain(db: Database, now: datetime, anchor: str | None = None) -> Verified:
    """Reads all of it in one snapshot. `anchor` is the head that an earlier run told."""
    async with db.transaction(isolation="repeatable_read") as tx:
        return await _verified(tx, now - KEPT, anchor)


async def _verified(tx: Tx, line: datetime, anchor: str | None) -> Verified:
    before, number, fault, recent = ROOT, 0, None, False
    async for link in store.chain(tx):
        fault = _fault(link, number + 1, before, anchor) or _emptied(link, line, recent)
        if fault:
            break
        before, number = link.hash, link.id
        # An intact entry vouches for its own time: what follows it is no older, whatever its columns say.
        recent = recent or (link.body is not None and link.occurred_at > line + timedelta(days=1))
    expected, hash_ = await store.head(tx)
    if fault is None and (expected, hash_) != (number, before):
        fault = f"the log ends at entry {number}, its head says {expected}"
    if fault is None and anchor is not None and int(anchor.partition(":")[0]) > number:
        fault = f"the log ends before the anchor {anchor}"
    return Verified(entries=number, head=f"{number}:{before.hex()}", fault=fault)


def _fault(link: Link, expected: int, before: bytes, anchor: str | None) -> str | None:
    if link.id != expected:
        return f"entry {expected} is missing"
    if link.prev_hash != before:
        return f"entry {link.id} does not follow the one before it"
    if link.body is not None:
        if hashlib.sha256(before + link.body.encode()).digest() != link.hash:
            return f"entry {link.id} was altered"
        if not _columns_agree(link, msgspec.json.decode(link.body, type=Entry)):
            return f"the columns of entry {link.id} were altered"
    if anchor is not None and anchor.partition(":")[0] == str(link.id) and anchor.partition(":")[2] != link.hash.hex():
        return f"entry {link.id} is not the one that the anchor was taken of"
    return None


def _emptied(link: Link, line: datetime, recent: bool) -> str | None:
    """Only retention empties entries: old ones, and no registrations."""
    if link.body is not None:
        return None
    too_early = recent or link.occurred_at > line or link.action.endswith(".created")
    return f"entry {link.id} was emptied before its time" if too_early else None


def _columns_agree(link: Link, entry: Entry) -> bool:
    names = ("occurred_at", "actor_type", "actor_id", "organization_id", "action", "target_type", "target_id")
    return all(getattr(link, name) == getattr(entry, name) for name in names)


async def command(_: Settings, db: Database, words: list[str]) -> None:
    """`audit verify [number:hash]`: exit status 1 where the chain is broken."""
    if not words or words[0] != "verify" or len(words) > 2:
        sys.exit("say: audit verify [number:hash of an earlier run]")
    found = await chain(db, SystemClock().now(), words[1] if len(words) == 2 else None)
    if found.fault is not None:
        sys.stderr.write(f"broken: {found.fault}\n")
        sys.exit(1)
    sys.stdout.write(f"{found.entries} entries hold; head {found.head}\n")
