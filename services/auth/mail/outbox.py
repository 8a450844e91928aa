"""The queue of mails in Postgres. What a mail says is sealed, and forgotten once sent: it holds secret links."""

from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID, uuid4

import msgspec

from chassis import postgres
from chassis.postgres import Database, Tx
from chassis.vault import Vault
from chassis.web.languages import Language
from contracts.events.notices import Address, Occasion

FactorLetter = Literal[
    "codes_guessed",
    "confirm_code",
    "passkey_added",
    "passkey_removed",
    "passkey_regressed",
    "totp_added",
    "totp_removed",
    "backup_codes_made",
    "backup_code_used",
]

Kind = (
    Literal[
        "verify_email",
        "already_registered",
        "scope_drifted",
        "account_closed",
        "identity_linked",
        "account_restored",
        "verify_new_email",
        "reset_password",
        "password_changed",
        "email_change_asked",
        "email_changed",
        "merge_code",
        "accounts_merged",
    ]
    | Occasion
    | Address
    | FactorLetter
)

LEASE: Final = timedelta(seconds=60)
"""A postman who died frees his letters after this; a repeat that follows has the same Message-ID."""

KEPT: Final = timedelta(days=7)
"""Rows of sent mails help to answer "did you send it?"; they hold no content."""


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A mail that waits: `link` is the one thing to click, built from the configured issuer only."""

    kind: Kind
    recipient: str
    language: Language
    link: str
    places: dict[str, str] = {}
    """What the words of this kind have places for."""


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A letter in a postman's hand, still sealed, for the `tries`-th time."""

    id: int
    key: UUID
    kind: Kind
    recipient: str
    language: Language
    sealed: bytes
    tries: int


async def enqueue(tx: Tx, vault: Vault, letter: Letter, now: datetime) -> None:
    """Goes out once the transaction has committed, or not at all."""
    key = uuid4()
    await tx.execute(
        """insert into mail_outbox (key, kind, recipient, language, sealed, created_at, next_try_at)
        values ($1, $2, $3, $4, $5, $6, $6)""",
        key,
        letter.kind,
        letter.recipient,
        letter.language,
        vault.seal(_content(letter), _about(key)),
        now,
    )
    postgres.nudge_on_commit()


async def recent(tx: Tx, kind: Kind, recipient: str, since: datetime) -> int:
    """How many of a kind an address was sent since then."""
    return int(
        await tx.fetchval(
            "select count(*) from mail_outbox where recipient = $1 and created_at > $2 and kind = $3",
            recipient,
            since,
            kind,
        )
    )


async def claim(db: Database, now: datetime, most: int) -> list[Claimed]:
    """Takes letters that are due, for the length of a lease."""
    rows = await db.fetch(
        """update mail_outbox set leased_until = $2, tries = tries + 1 where id in (
            select id from mail_outbox where sent_at is null and failed_at is null and next_try_at <= $1
                and (leased_until is null or leased_until <= $1)
            order by next_try_at limit $3 for update skip locked)
        returning id, key, kind, recipient, language, sealed, tries""",
        now,
        now + LEASE,
        most,
    )
    return [msgspec.convert(dict(row), Claimed) for row in rows]


def unseal(vault: Vault, claimed: Claimed) -> Letter:
    """Raises vault.KeyUnknown, or cryptography's InvalidTag for a row that was altered."""
    link, _, places = vault.open(claimed.sealed, _about(claimed.key)).decode().partition("\n")
    return Letter(
        kind=claimed.kind,
        recipient=claimed.recipient,
        language=claimed.language,
        link=link,
        places=msgspec.json.decode(places, type=dict[str, str]) if places else {},
    )


async def sent(db: Database, id: int, now: datetime) -> None:  # noqa: A002 - the column's name
    await db.execute("update mail_outbox set sent_at = $2, sealed = null, leased_until = null where id = $1", id, now)


async def postpone(db: Database, id: int, until: datetime, error: str) -> None:  # noqa: A002 - the column's name
    await db.execute(
        "update mail_outbox set next_try_at = $2, last_error = $3, leased_until = null where id = $1", id, until, error
    )


async def give_up(db: Database, id: int, now: datetime, error: str) -> None:  # noqa: A002 - the column's name
    await db.execute(
        "update mail_outbox set failed_at = $2, last_error = $3, sealed = null, leased_until = null where id = $1",
        id,
        now,
        error,
    )


def _content(letter: Letter) -> bytes:
    """The link alone where nothing else is said: that is what earlier releases wrote and read."""
    return letter.link.encode() + (b"\n" + msgspec.json.encode(letter.places) if letter.places else b"")


def _about(key: UUID) -> str:
    return f"mail/{key}"
