"""Signs again in batches, in the transaction that ends the old key: no row is ever left with a dead signature."""

from collections.abc import Awaitable, Callable

from chassis.postgres import Tx
from chassis.settings import Secret
from services.delivery.keys.resign import store
from services.delivery.keys.resign.store import Unsigned
from services.delivery.keys.store import SigningKey
from services.delivery.signing import sign

BATCH = 1000


async def with_key(tx: Tx, client_id: str, ended: str, key: SigningKey) -> int:
    """Rows that carry the kid `ended` carry `key`'s from now on; returns how many."""
    return await _all(
        tx, lambda after: store.by_kid(tx, client_id, ended, after, BATCH), secret=key.secret, kid=key.kid
    )


async def with_webhook_secret(tx: Tx, client_id: str, secret: Secret) -> int:
    """Rows of the older form; returns how many."""
    return await _all(tx, lambda after: store.of_older_form(tx, client_id, after, BATCH), secret=secret, kid=None)


async def _all(tx: Tx, read: Callable[[int], Awaitable[list[Unsigned]]], *, secret: Secret, kid: str | None) -> int:
    count = after = 0
    while rows := await read(after):
        await store.sign(tx, [row.id for row in rows], [sign.mac(secret, row.raw_payload) for row in rows], kid)
        count, after = count + len(rows), rows[-1].id
    return count
