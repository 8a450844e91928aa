"""The slot in the door: whatever is put in, the one who did so sees the same."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

import msgspec

from chassis import postgres
from chassis.postgres import Tx
from chassis.vault import Vault
from chassis.web.languages import Language
from contracts.principal import Role

PAUSE: Final = timedelta(seconds=5)
MOST_TRIES: Final = 5


class SignUpAsked(msgspec.Struct, frozen=True, kw_only=True, tag="sign_up"):
    """Somebody wants an account for this address."""

    email: str
    email_key: str
    password_hash: str
    role: Role
    language: Language
    return_to: str = ""


class ResetAsked(msgspec.Struct, frozen=True, kw_only=True, tag="reset"):
    """Somebody has forgotten the password of the account with this address, if there is one."""

    email_key: str
    language: Language
    return_to: str = ""


class MoveAsked(msgspec.Struct, frozen=True, kw_only=True, tag="move"):
    """A signed-in person wants this address for their account; it may be somebody else's."""

    user_id: int
    email: str
    email_key: str
    language: Language


Ask = SignUpAsked | ResetAsked | MoveAsked

_decoder: msgspec.msgpack.Decoder[Ask] = msgspec.msgpack.Decoder(Ask)


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """An ask in the hand of whoever took it, still sealed."""

    id: int
    key: UUID
    sealed: bytes
    tries: int


async def put(tx: Tx, vault: Vault, ask: Ask, now: datetime) -> None:
    """One statement, whatever is asked and whoever has the address."""
    key = uuid4()
    await tx.execute(
        "insert into letterbox (key, sealed, created_at, next_try_at) values ($1, $2, $3, $3)",
        key,
        vault.seal(msgspec.msgpack.encode(ask), _about(key)),
        now,
    )
    postgres.nudge_on_commit()


async def take(tx: Tx, now: datetime) -> Waiting | None:
    """The next one that is due, which nobody else sees until the transaction ends."""
    row = await tx.fetchrow(
        """select id, key, sealed, tries from letterbox where next_try_at <= $1
        order by next_try_at, id limit 1 for update skip locked""",
        now,
    )
    return None if row is None else msgspec.convert(dict(row), Waiting)


def unseal(vault: Vault, waiting: Waiting) -> Ask:
    return _decoder.decode(vault.open(waiting.sealed, _about(waiting.key)))


async def remove(tx: Tx, waiting: Waiting) -> None:
    await tx.execute("delete from letterbox where id = $1", waiting.id)


async def postpone(tx: Tx, waiting: Waiting, now: datetime) -> None:
    await tx.execute(
        "update letterbox set tries = tries + 1, next_try_at = $2 where id = $1",
        waiting.id,
        now + PAUSE * (waiting.tries + 1),
    )


def _about(key: UUID) -> str:
    return f"letterbox/{key}"
