"""`python -m services.delivery` serves; `migrate` is the operator's command."""

from chassis import command
from services.delivery import app
from services.delivery.settings import Settings

if __name__ == "__main__":
    command.main(app.NAME, Settings, app.build, app.MIGRATIONS)
