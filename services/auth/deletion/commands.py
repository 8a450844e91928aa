"""`closed …`: what an operator does about accounts in their grace."""

import sys
from typing import Final

from chassis.clock import SystemClock
from chassis.postgres import Database
from chassis.problems import Problem
from chassis.vault import Vault
from services.auth.accounts import addresses
from services.auth.deletion import restore, store
from services.auth.settings import Settings

USAGE: Final = "say: closed show | restore <address or number>"


async def closed(config: Settings, db: Database, words: list[str]) -> None:
    """`closed show <who>`, `closed restore <who>`: brings an account back whose grace is not over."""
    if len(words) != 2 or words[0] not in ("show", "restore"):
        sys.exit(USAGE)
    now = SystemClock().now()
    act, who = words
    found = await (
        store.of_number(db, int(who), now) if who.isdecimal() else store.in_grace(db, addresses.fold(who), now)
    )
    if found is None:
        sys.exit("there is no such account in its grace")
    if act == "restore":
        vault = Vault.from_setting(config.key_encryption_keys)
        try:
            await restore.by_operator(db, vault, config.issuer, found.user_id, now)
        except Problem as problem:
            sys.exit(problem.detail)
        sys.stdout.write(f"{found.user_id} is back\n")
    else:
        sys.stdout.write(f"{found.user_id} closed {found.deleted_at:%Y-%m-%d}, gone on {found.purge_at:%Y-%m-%d}\n")
