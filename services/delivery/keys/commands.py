"""`python -m services.delivery keys …`: an operator lists, issues, rotates and revokes signing keys."""

import sys

from chassis.clock import SystemClock
from chassis.postgres import Database
from chassis.problems import Problem
from chassis.vault import Vault
from services.delivery.caller import OPERATOR
from services.delivery.ground import Ground
from services.delivery.keys import rotate, store
from services.delivery.keys.rotate import NewKey
from services.delivery.settings import Settings

USAGE = """keys list CLIENT_ID                 what an application's webhooks are signed with
keys rotate CLIENT_ID               a new key signs, the old one verifies for 24 hours; the secret is shown once
keys revoke KID admin|compromise    ends a key at once; the application is told of a compromise
keys rotate-due                     what the schedule does: keys older than a quarter get a successor
keys rotate-webhook-secret CLIENT_ID
"""


async def keys(settings: Settings, db: Database, words: list[str]) -> None:
    """Exit status 2 for words nobody knows, 1 where it cannot be done."""
    ground = Ground(db=db, clock=SystemClock(), vault=Vault.from_setting(settings.key_encryption_keys))
    try:
        told = await _done(ground, words)
    except Problem as problem:
        sys.stderr.write(f"{problem.code}: {problem.detail}\n")
        sys.exit(1)
    if told is None:
        sys.stderr.write(USAGE)
        sys.exit(2)
    sys.stdout.write(told)


async def _done(ground: Ground, words: list[str]) -> str | None:
    match words:
        case ["list", client_id]:
            found = await store.active(ground.db, ground.vault, client_id)
            return "".join(
                f"{key.kid} {key.status} created {key.created_at.isoformat()}"
                + (f" until {key.not_after.isoformat()}\n" if key.not_after else "\n")
                for key in found
            )
        case ["rotate" | "issue", client_id]:
            return _shown(await rotate.signing_key(ground, OPERATOR, client_id))
        case ["revoke", kid, "admin" | "compromise" as reason]:
            made = await rotate.revoke(ground, OPERATOR, kid, "admin" if reason == "admin" else "compromise")
            return f"revoked {kid}\n" + (_shown(made) if made else "")
        case ["rotate-due"]:
            return f"rotated {await rotate.as_scheduled(ground)}\n"
        case ["rotate-webhook-secret", client_id]:
            new = await rotate.webhook_secret(ground, OPERATOR, client_id)
            return f"webhook_secret {new.webhook_secret}\n"
    return None


def _shown(made: NewKey) -> str:
    lines = f"kid {made.kid}\nsecret {made.secret.reveal()}\n"
    if made.previous_kid and made.previous_valid_until:
        lines += f"previous {made.previous_kid} until {made.previous_valid_until.isoformat()}\n"
    return lines
