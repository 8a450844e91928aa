"""`python -m services.auth` serves; `migrate`, `seed` and `keys rotate` are the operator's commands."""

import asyncio
import os
import sys

from chassis import life, settings
from services.auth import app, commands
from services.auth.settings import Settings


def main(words: list[str]) -> None:
    if not words:
        life.main(app.NAME, Settings, app.build)
        return
    command = commands.COMMANDS.get(" ".join(words))
    if command is None:
        sys.exit(f"known commands are: {', '.join(sorted(commands.COMMANDS))}")
    asyncio.run(command(settings.load(Settings, os.environ)))


if __name__ == "__main__":
    main(sys.argv[1:])
