"""`python -m services.registry` serves; `migrate` and `seed` are the operator's commands."""

from chassis import command
from services.registry import app, seed
from services.registry.settings import Settings

if __name__ == "__main__":
    command.main(app.NAME, Settings, app.build, app.MIGRATIONS, {"seed": seed.command})
