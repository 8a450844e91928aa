"""`python -m services.auth` serves; `migrate`, `seed` and `keys rotate` are the operator's commands."""

from chassis import command
from services.auth import app, commands
from services.auth.settings import Settings

if __name__ == "__main__":
    command.main(app.NAME, Settings, app.build, app.MIGRATIONS, {"seed": commands.seed, "keys": commands.keys})
