"""`python -m services.auth` serves; operators say `migrate seed keys resources connectors users claims closed
rebuild reseal`.
"""

from chassis import command, reseal
from services.auth import app, commands
from services.auth.deletion import commands as deletion
from services.auth.profile import commands as profile
from services.auth.sealed import SEALED
from services.auth.settings import Settings
from services.auth.standing import commands as standing

if __name__ == "__main__":
    words = {
        "seed": commands.seed,
        "keys": commands.keys,
        "resources": commands.serving,
        "connectors": commands.connectors,
        "users": standing.users,
        "claims": profile.claims,
        "closed": deletion.closed,
    }
    more: dict[str, command.Command[Settings]] = {
        "rebuild": command.rebuild("registry"),
        "reseal": reseal.command(SEALED),
    }
    command.main(app.NAME, Settings, app.build, app.MIGRATIONS, {**words, **more})
