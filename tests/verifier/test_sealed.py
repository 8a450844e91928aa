"""The key is changed: the secrets of health checks are opened where they stand and sealed anew."""

import base64
from datetime import UTC, datetime

from chassis import reseal
from chassis.postgres import Database
from chassis.settings import Secret
from chassis.vault import Vault
from services.verifier.health import secrets
from services.verifier.sealed import SEALED

OLD, NEW = (f"v{version}:" + base64.b64encode(fill * 32).decode() for version, fill in ((1, b"k"), (2, b"n")))
NOON = datetime(2026, 5, 11, 12, 0, tzinfo=UTC)


async def test_both_secrets_of_an_application_are_found_again(db: Database) -> None:
    """The one that signs and the one before it, which counts for a day more."""
    old, new, both = (Vault.from_setting(Secret(setting)) for setting in (OLD, NEW, f"{NEW},{OLD}"))
    async with db.transaction() as tx:
        first = await secrets.issue(tx, old, 7, NOON)
        second = await secrets.rotate(tx, old, 7, NOON, compromised=False)
    assert [(1, 0), (1, 0)] == [tuple(await reseal.column(db, both, place)) for place in SEALED]
    async with db.transaction() as tx:
        found = await secrets.read(tx, new, 7, NOON)
    assert found is not None
    assert (second, first) == (found.current, found.previous)
