"""The life of an application as one table: the verbs move by it, and the documentation's table is printed from it.

registry.md section 6. The words are for readers, the moves for the machine; a test holds both against the contract.
"""

# ruff: noqa: E501 - one line of the table is one line here

import sys
from collections.abc import Mapping
from enum import Enum, auto
from typing import Final, Literal, cast

import msgspec

from chassis.postgres import Database
from chassis.problems import Problem
from contracts.applications import Application, Status
from services.registry.settings import Settings


class Happening(Enum):
    """What can happen to an application as far as its status is concerned."""

    REGISTERED = auto()
    REGISTERED_FOR_REVIEW = auto()
    EXTERNAL_ADDED = auto()
    EXTERNAL_GONE = auto()
    SUBMITTED = auto()
    APPROVED = auto()
    HELD = auto()
    RESUBMITTED = auto()
    REJECTED = auto()
    SUBMITTED_ANEW = auto()
    WIDENED = auto()
    SUSPENDED = auto()
    LIFTED = auto()
    DELETED = auto()
    RESTORED = auto()
    PURGED = auto()


Place = Status | Literal["none", "trashed", "gone", "same", "previous"]
"""A status, or: not there yet, in the trash, gone for good; as a target also `same` and `previous`."""

_LIVE: Final[tuple[Status, ...]] = ("sandbox", "pending", "approved", "changes_requested", "rejected")


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table: how it reads, and which moves it allows."""

    words: tuple[str, str, str, str]
    """From, event, to, notes, as the documentation has them."""
    on: Happening
    moves: Mapping[Place, Place]


def _row(on: Happening, moves: Mapping[Place, Place], *words: str) -> Row:
    return Row(words=cast("tuple[str, str, str, str]", words), on=on, moves=moves)


_H = Happening

TABLE: Final[tuple[Row, ...]] = (
    _row(_H.REGISTERED, {"none": "sandbox"}, "—", "create, class dev_*, no hard flag", "sandbox / test / free", "usable at once"),
    _row(_H.REGISTERED_FOR_REVIEW, {"none": "pending"}, "—", "create, class production, or hard flag", "pending / test / free", "production URIs (hard flag: all) unusable while pending"),
    _row(_H.EXTERNAL_ADDED, {"sandbox": "pending"}, "sandbox", "add external-domain URI", "pending", "external callbacks refused until promoted"),
    _row(_H.EXTERNAL_GONE, {"pending": "sandbox"}, "pending (never promoted)", "remove all external URIs", "sandbox", "cancels an open request"),
    _row(_H.SUBMITTED, {"pending": "pending"}, "pending", "promotion request submitted", "pending (request `submitted`)", "operator notified"),
    _row(_H.APPROVED, {"pending": "approved", "approved": "approved"}, "pending", "admin approves", "**approved / live / production**", "external domains usable"),
    _row(_H.HELD, {"pending": "changes_requested"}, "pending", "admin puts on hold", "changes_requested", "apply again after fixing"),
    _row(_H.RESUBMITTED, {"changes_requested": "pending"}, "changes_requested", "resubmitted", "pending", ""),
    _row(_H.REJECTED, {"pending": "rejected"}, "pending", "admin rejects", "rejected", "reason by email and FAB; may apply again"),
    _row(_H.SUBMITTED_ANEW, {"rejected": "pending"}, "rejected", "new request submitted", "pending", ""),
    _row(_H.WIDENED, {"approved": "approved"}, "approved", "new external URI or scope widening", "approved, new URI `pending_review`", "already approved URIs keep working"),
    _row(_H.SUSPENDED, dict.fromkeys(_LIVE, "suspended"), "any live", "admin suspends", "suspended", "authorize, token → `unauthorized_client`"),
    _row(_H.LIFTED, {"suspended": "previous"}, "suspended", "admin lifts", "previous status", ""),
    _row(_H.DELETED, dict.fromkeys((*_LIVE, "suspended"), "trashed"), "any", "delete", "trashed (`deleted_at`)", "client_id refused at once, tokens revoked"),
    _row(_H.RESTORED, {"trashed": "same"}, "trashed ≤ 30 days", "restore", "status before deletion", "6.2"),
    _row(_H.PURGED, {"trashed": "gone"}, "trashed > 30 days", "purge", "gone", "client_id never reused"),
)  # fmt: skip

_MOVES: Final = {(row.on, origin): target for row in TABLE for origin, target in row.moves.items()}


class NotInThisState(Problem):
    status, code = 409, "invalid_state"
    default_detail = "In its present state this cannot happen to the app."


def place(app: Application) -> Place:
    """Where an application stands in the table."""
    return "trashed" if app.deleted_at is not None else app.status


def after(app: Application, on: Happening, *, previous: Status | None = None) -> Status:
    """The status that an application has after what happened; `previous` is the one before a suspension.

    Raises NotInThisState where the table has no such move.
    """
    target = _MOVES.get((on, place(app)))
    if target is None:
        raise NotInThisState(f"This app is {place(app)}.", status_now=place(app))
    if target == "previous":
        return previous or "sandbox"
    return app.status if target in {"same", "trashed", "gone"} else cast("Status", target)


def allows(app: Application, on: Happening) -> bool:
    return (on, place(app)) in _MOVES


def first(*, reviewed: bool) -> Status:
    """The status of a new application; `reviewed`: a production host or a hard flag waits for review."""
    target = _MOVES[_H.REGISTERED_FOR_REVIEW if reviewed else _H.REGISTERED, "none"]
    return cast("Status", target)


def printed() -> str:
    """The table as the documentation has it, in Markdown."""
    lines = ["| From | Event | To | Notes |", "|---|---|---|---|"]
    lines += [f"| {' | '.join(row.words)} |".replace("|  |", "| |") for row in TABLE]
    return "\n".join(lines) + "\n"


async def command(_: Settings, __: Database, ___: list[str]) -> None:
    """`lifecycle`: prints the table."""
    sys.stdout.write(printed())
