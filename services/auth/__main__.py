"""`python -m services.auth` serves; the operator's commands: `migrate seed keys resources rebuild`."""

from chassis import command
from services.auth import app, commands
from services.auth.settings import Settings

if __name__ == "__main__":
    words = {"seed": commands.seed, "keys": commands.keys, "resources": commands.serving}
    more: dict[str, command.Command[Settings]] = {"rebuild": command.rebuild("registry")}
    command.main(app.NAME, Settings, app.build, app.MIGRATIONS, {**words, **more})
