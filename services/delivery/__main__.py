"""`python -m services.delivery` serves; operators say `migrate keys rebuild reseal`."""

from chassis import command, reseal
from services.delivery import app
from services.delivery.keys.commands import keys
from services.delivery.sealed import SEALED
from services.delivery.settings import Settings

if __name__ == "__main__":
    commands: dict[str, command.Command[Settings]] = {
        "keys": keys,
        "rebuild": command.rebuild("registry"),
        "reseal": reseal.command(SEALED),
    }
    command.main(app.NAME, Settings, app.build, app.MIGRATIONS, commands)
