"""`python -m services.delivery` serves; `migrate`, `keys` and `rebuild registry` are the operator's commands."""

from chassis import command
from services.delivery import app
from services.delivery.keys.commands import keys
from services.delivery.settings import Settings

if __name__ == "__main__":
    command.main(app.NAME, Settings, app.build, app.MIGRATIONS, {"keys": keys, "rebuild": command.rebuild("registry")})
