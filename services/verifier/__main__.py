"""`python -m services.verifier` serves; `migrate`, `rebuild registry` and `reseal` are the operator's commands."""

from chassis import command, reseal
from services.verifier import app
from services.verifier.sealed import SEALED
from services.verifier.settings import Settings

if __name__ == "__main__":
    commands: dict[str, command.Command[Settings]] = {
        "rebuild": command.rebuild("registry"),
        "reseal": reseal.command(SEALED),
    }
    command.main(app.NAME, Settings, app.build, app.MIGRATIONS, commands)
