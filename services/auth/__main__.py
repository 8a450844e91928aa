"""`python -m services.auth` serves; operators say `migrate seed keys resources connectors users closed rebuild`."""

from chassis import command
from services.auth import app, commands
from services.auth.deletion import commands as deletion
from services.auth.settings import Settings
from services.auth.standing import commands as standing

if __name__ == "__main__":
    words = {
        "seed": commands.seed,
        "keys": commands.keys,
        "resources": commands.serving,
        "connectors": commands.connectors,
        "users": standing.users,
        "closed": deletion.closed,
    }
    more: dict[str, command.Command[Settings]] = {"rebuild": command.rebuild("registry")}
    command.main(app.NAME, Settings, app.build, app.MIGRATIONS, {**words, **more})
