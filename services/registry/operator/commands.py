"""`app find|rotate|scopes`: an app by its name, a new secret for it, another list of scopes, each in one call.

The same verbs as the management API's, so that each holds at once: auth is asked before the command ends.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from chassis import nats_link
from chassis.clock import SystemClock
from chassis.outbound import Outbound, Policy
from chassis.postgres import Database
from chassis.problems import Problem
from chassis.vault import Vault
from services.registry.applications import edit, store
from services.registry.applications.change import Changed, Who
from services.registry.applications.effects import Effects
from services.registry.applications.patch import ApplicationPatch
from services.registry.callers import SYSTEM
from services.registry.ground import Ground
from services.registry.settings import Settings

USAGE: Final = "say: app find <name> | app rotate <client_id> | app scopes <client_id> <scope>…"


async def app(config: Settings, db: Database, words: list[str]) -> None:
    """`app …`: see USAGE. Exits with 1 and the reason for what is refused."""
    async with _ground(config, db) as ground:
        try:
            match words:
                case ["find", name]:
                    await _find(db, name)
                case ["rotate", client_id]:
                    changed = await edit.rotate_secret(ground, await _who(db, client_id))
                    sys.stdout.write(f"{changed.secret}\n")
                    _told(changed)
                case ["scopes", client_id, *scopes] if scopes:
                    wanted = ApplicationPatch(allowed_scopes=tuple(scopes))
                    changed = await edit.application(ground, await _who(db, client_id), wanted)
                    sys.stdout.write(f"{' '.join(changed.stored.application.allowed_scopes)}\n")
                    _told(changed)
                case _:
                    sys.exit(USAGE)
        except Problem as refusal:
            sys.exit(f"{refusal.code}: {refusal.detail} {dict(refusal.fields) or ''}".rstrip())


async def _find(db: Database, name: str) -> None:
    for stored in await store.named(db, name):
        found = stored.application
        sys.stdout.write(f"{found.client_id} {found.status} {found.organization or '-'} {found.name}\n")


async def _who(db: Database, client_id: str) -> Who:
    stored = await store.by_client_id(db, client_id)
    if stored is None:
        sys.exit("there is no such client_id")
    return Who(caller=SYSTEM, application_id=stored.application.id)


def _told(changed: Changed) -> None:
    """On the other stream, so that a secret can be piped."""
    if changed.spread.propagation == "pending":
        sys.stderr.write("auth or delivery did not confirm; they hear of it by the event\n")


@asynccontextmanager
async def _ground(config: Settings, db: Database) -> AsyncIterator[Ground]:
    clock, policy = SystemClock(), Policy.for_environment(config)
    nats = await nats_link.connect(
        config.nats_url,
        name="registry-operator",
        user=config.nats_user,
        password=config.nats_password,
        inbox_prefix="_INBOX_registry",
    )
    client = Outbound(policy)
    try:
        yield Ground(
            db=db,
            clock=clock,
            effects=Effects(nats, clock),
            outbound=policy,
            client=client,
            vault=Vault.from_setting(config.key_encryption_keys),
            issuer=config.issuer,
            settings=config,
        )
    finally:
        await client.stop()
        await nats.close()
