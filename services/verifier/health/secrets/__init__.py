"""The secret that probes are signed with: sealed at rest, shown once, its predecessor good for a day."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from chassis.postgres import Tx
from chassis.settings import Secret
from chassis.vault import Vault
from services.verifier.health import sign
from services.verifier.health.secrets import store

GRACE: Final = timedelta(hours=24)


class Secrets(msgspec.Struct, frozen=True):
    """`previous` is there while its time is not over."""

    current: Secret
    previous: Secret | None


async def issue(tx: Tx, vault: Vault, application_id: int, now: datetime) -> Secret | None:
    """The first secret of an application; None where it has one already."""
    secret = sign.new_secret()
    made = await store.insert(tx, application_id, _seal(vault, application_id, secret), now)
    return secret if made else None


async def rotate(tx: Tx, vault: Vault, application_id: int, now: datetime, *, compromised: bool) -> Secret:
    """The new secret; the one before is forgotten at once if it is `compromised`."""
    secret = sign.new_secret()
    until = None if compromised else now + GRACE
    await store.replace(tx, application_id, _seal(vault, application_id, secret), until, now)
    return secret


async def read(tx: Tx, vault: Vault, application_id: int, now: datetime) -> Secrets | None:
    """Raises vault.KeyUnknown, or cryptography's InvalidTag for a row that was altered."""
    kept = await store.find(tx, application_id)
    if kept is None:
        return None
    previous = None
    if kept.previous is not None and kept.previous_until is not None and now < kept.previous_until:
        previous = _open(vault, application_id, kept.previous)
    return Secrets(_open(vault, application_id, kept.current), previous)


def _seal(vault: Vault, application_id: int, secret: Secret) -> bytes:
    return vault.seal(secret.reveal().encode(), _about(application_id))


def _open(vault: Vault, application_id: int, sealed: bytes) -> Secret:
    return Secret(vault.open(sealed, _about(application_id)).decode())


def _about(application_id: int) -> str:
    return f"rp_health/{application_id}"
