"""`python -m services.verifier` serves; `migrate` is the operator's command."""

from chassis import command
from services.verifier import app
from services.verifier.settings import Settings

if __name__ == "__main__":
    command.main(app.NAME, Settings, app.build, app.MIGRATIONS)
