"""Rows of the queue and their attempts as routes answer them."""

import re
from datetime import datetime
from typing import Any

import msgspec

from chassis.problems import NotFound
from services.delivery.queue.store import Attempted, Queued

_DELIVERY_ID = re.compile(r"dlv_([0-9]{1,18})(?:_[0-9]{1,9})?")


class Delivery(msgspec.Struct, kw_only=True):
    """One event on its way to one application, with its latest attempt (delivery.md 10)."""

    delivery_id: str
    event_id: str
    event_type: str
    occurred_at: datetime
    status: str
    """`pending`, `retrying`, `delivered`, `dead` or `skipped`."""
    attempt: int
    started_at: datetime | None
    duration_ms: int | None
    resolved_ip: str | None
    http_status: int | None
    reason: str | None
    next_retry_at: datetime | None
    request_headers: list[tuple[str, str]] | None
    """As they were sent; the signature is in them, a secret never is."""
    response_excerpt: str | None


class Deliveries(msgspec.Struct):
    deliveries: list[Delivery]
    next_cursor: str | None


class DeliveryDetail(msgspec.Struct):
    delivery: Delivery
    payload: dict[str, Any]
    attempts: list[Delivery]
    """The first one first; a replay begins to count anew."""


class OutboxRows(msgspec.Struct):
    rows: list[Queued]
    next_cursor: str | None


class OutboxDetail(msgspec.Struct):
    row: Queued
    payload: dict[str, Any]
    attempts: list[Delivery]


class Replayed(msgspec.Struct):
    count: int


def row_of(delivery_id: str) -> int:
    """The row that a delivery id names, with or without the attempt. Raises NotFound."""
    match = _DELIVERY_ID.fullmatch(delivery_id)
    if match is None:
        raise NotFound
    return int(match[1])


def delivery(row: Queued, attempt: Attempted | None) -> Delivery:
    pending = row.status in {"pending", "waiting"}
    number = attempt.attempt if attempt else 0
    return Delivery(
        delivery_id=f"dlv_{row.id}_{number}" if number else f"dlv_{row.id}",
        event_id=row.event_id,
        event_type=row.event_type,
        occurred_at=row.occurred_at,
        status="retrying" if row.status == "waiting" else row.status,
        attempt=number,
        started_at=attempt.started_at if attempt else None,
        duration_ms=attempt.duration_ms if attempt else None,
        resolved_ip=attempt.resolved_ip if attempt else None,
        http_status=attempt.http_status if attempt else None,
        reason=attempt.reason if attempt else row.last_reason,
        next_retry_at=row.next_retry_at if pending else None,
        request_headers=_headers(attempt) if attempt else None,
        response_excerpt=attempt.response_excerpt if attempt else None,
    )


def attempted(row: Queued, attempt: Attempted) -> Delivery:
    """One attempt of many: what it was then, not what the row is now."""
    shown = delivery(row, attempt)
    shown.status, shown.next_retry_at = attempt.status, attempt.next_retry_at
    return shown


def _headers(attempt: Attempted) -> list[tuple[str, str]]:
    return msgspec.json.decode(attempt.request_headers, type=list[tuple[str, str]])
