"""`python -m services.verifier` serves; `migrate` and `rebuild registry` are the operator's commands."""

from chassis import command
from services.verifier import app
from services.verifier.settings import Settings

if __name__ == "__main__":
    command.main(app.NAME, Settings, app.build, app.MIGRATIONS, {"rebuild": command.rebuild("registry")})
