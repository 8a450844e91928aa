"""`python -m services.auth` serves; `migrate`, `seed`, `keys rotate`, `resources serve` are the operator's commands."""

from chassis import command
from services.auth import app, commands
from services.auth.settings import Settings

if __name__ == "__main__":
    words = {"seed": commands.seed, "keys": commands.keys, "resources": commands.serving}
    command.main(app.NAME, Settings, app.build, app.MIGRATIONS, words)
