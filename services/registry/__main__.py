"""`python -m services.registry` serves; operators say `migrate seed lifecycle audit app initial-token rebuild
reseal`.
"""

from chassis import command, reseal
from services.registry import app, seed
from services.registry.applications import lifecycle
from services.registry.audit import verify
from services.registry.dynamic import commands as dynamic
from services.registry.operator import commands as operator
from services.registry.sealed import SEALED
from services.registry.settings import Settings

if __name__ == "__main__":
    commands: dict[str, command.Command[Settings]] = {
        "seed": seed.command,
        "lifecycle": lifecycle.command,
        "audit": verify.command,
        "initial-token": dynamic.initial_token,
        "app": operator.app,
        "rebuild": command.rebuild("auth"),
        "reseal": reseal.command(SEALED),
    }
    command.main(app.NAME, Settings, app.build, app.MIGRATIONS, commands)
