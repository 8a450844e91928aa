"""`python -m services.<name>` serves; with a word behind it, it is an operator's command on the service's database."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TypeVar

from chassis import life, log, settings
from chassis.events import marks, new_epoch
from chassis.migrate import migrate
from chassis.postgres import Database
from chassis.service import EVENTS_MIGRATIONS, ServiceSettings

S = TypeVar("S", bound=ServiceSettings)

Command = Callable[[S, Database, list[str]], Awaitable[None]]
"""Gets the settings, a started database at this release's schema, and the words that follow its own."""


def main(
    name: str, kind: type[S], build: life.Build[S], migrations: Path, commands: Mapping[str, Command[S]] | None = None
) -> None:
    """Without a word: lives as the service. Every service has `migrate`, and `epoch` for after a restore.

    Exit status 2 for words nobody knows.
    """
    words = sys.argv[1:]
    if not words:
        life.main(name, kind, build)
        return
    known: dict[str, Command[S]] = {"migrate": _migrated, "epoch": _epoch, **(commands or {})}
    command = known.get(words[0])
    if command is None:
        sys.stderr.write(f"{name} knows these commands: {', '.join(sorted(known))}\n")
        sys.exit(2)
    try:
        config = settings.load(kind, os.environ)
    except settings.SettingsInvalid as error:
        sys.stderr.write(f"{name} cannot start: {error}\n")
        sys.exit(2)
    log.configure(name, config.log_level, stream=sys.stderr)
    asyncio.run(_run(config, migrations, command, words[1:]))


def rebuild(*producers: str) -> Command[S]:
    """`rebuild <producer>`: a running service takes its copy of that producer's records anew, and serves meanwhile.

    For services whose listener keeps a Replica of `producers`.
    """

    async def asked(_: S, db: Database, words: list[str]) -> None:
        if len(words) != 1 or words[0] not in producers:
            sys.exit(f"say: rebuild {' | '.join(producers)}")
        if not await marks.distrust(db, f"{words[0]}/0"):
            sys.exit(f"no copy of {words[0]} is being followed now, so none is taken anew")
        sys.stdout.write(f"the copy of {words[0]} is taken anew; follow events.rebuild.began and .ended in the log\n")

    return asked


async def _run(config: S, migrations: Path, command: Command[S], words: list[str]) -> None:
    url = config.postgres_url.reveal()
    await migrate(url, EVENTS_MIGRATIONS, migrations)
    db = Database(url, max_size=2)
    await db.start()
    try:
        await command(config, db, words)
    finally:
        await db.stop()


async def _migrated(_: S, __: Database, ___: list[str]) -> None:
    """Every command finds the schema at this release; this one asks for nothing more."""


async def _epoch(_: S, db: Database, __: list[str]) -> None:
    """Run after the database was restored and before the service starts: listeners take their copies anew."""
    sys.stdout.write(f"epoch {await new_epoch(db)}\n")
