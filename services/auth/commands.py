"""What an operator tells auth beside serving: each command runs once and ends."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from chassis import events, migrate
from services.auth.app import MIGRATIONS
from services.auth.settings import Settings

EVENTS_MIGRATIONS = Path(events.__path__[0]) / "migrations"


async def migrate_(config: Settings) -> None:
    """Brings the database to this release; two that run together take turns."""
    await migrate.migrate(config.postgres_url.reveal(), EVENTS_MIGRATIONS, MIGRATIONS)


Command = Callable[[Settings], Coroutine[Any, Any, None]]
COMMANDS: dict[str, Command] = {"migrate": migrate_}
