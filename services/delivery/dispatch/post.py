"""One attempt: the stored bytes, signed as they were stored, posted through the guarded client (delivery.md 4)."""

from datetime import datetime

from chassis import trace, work
from chassis.outbound import Blocked, Outbound, OutboundFailed, RedirectNotFollowed, UrlRefused
from chassis.settings import Secret
from services.delivery.dispatch import outcome
from services.delivery.dispatch.outcome import Outcome
from services.delivery.dispatch.store import Claimed
from services.delivery.signing import sign

USER_AGENT = "logi-webhooks/1.0"
EXCERPT_BYTES = 1024
"""How much of an answer is read, for the log."""

FINAL = (Blocked, UrlRefused)
"""Where trying again would ask the same forbidden thing."""


async def webhook(outbound: Outbound, row: Claimed, url: str, secret: Secret | None, now: datetime) -> Outcome:
    """Sends and judges; never raises for what the receiver or the network does. `secret` is the signing key's."""
    with (
        trace.arriving(row.traceparent),
        work.unit("webhook.post", kind="producer", labels={"event_type": row.event_type}) as unit,
    ):
        result = await _attempt(outbound, row, url, secret, now)
        unit.note(event_id=row.event_id, client_id=row.client_id, attempt=row.attempts, status=result.status or 0)
        unit.label(result=result.kind)
        if result.reason:
            unit.note(reason=result.reason)
    return result


async def _attempt(outbound: Outbound, row: Claimed, url: str, secret: Secret | None, now: datetime) -> Outcome:
    if row.signature is None:
        return Outcome(kind="dead", reason="no_signing_key")
    try:
        answer = await outbound.fetch(
            "POST",
            url,
            headers(row, secret, now),
            row.raw_payload,
            owner=row.client_id,
            max_body=EXCERPT_BYTES,
            propagate=True,
        )
    except RedirectNotFollowed:
        return Outcome(kind="dead", reason="redirect_not_followed")
    except FINAL:
        return Outcome(kind="dead", reason="ssrf_blocked")
    except OutboundFailed as failure:
        return Outcome(kind="retry", reason=failure.reason)
    return outcome.of_answer(answer.status, answer.header("retry-after"), now)


def headers(row: Claimed, secret: Secret | None, now: datetime) -> tuple[tuple[str, str], ...]:
    """The time of the attempt is stamped here, outside the stored MAC: a late retry would be refused otherwise."""
    timestamp = int(now.timestamp())
    if row.form == "legacy":
        signature = sign.legacy(row.signature or "")
    else:
        signature = sign.outbox(row.signature or "", row.kid or "", timestamp)
    found = [
        ("Content-Type", "application/json"),
        ("User-Agent", USER_AGENT),
        ("X-Logi-Signature", signature),
        ("X-Logi-Timestamp", str(timestamp)),
        ("X-Logi-Event-Id", row.event_id),
        ("X-Logi-Event", row.event_type),
        ("X-Logi-Delivery-Id", f"dlv_{row.id}_{row.attempts}"),
        ("X-Logi-Attempt", str(row.attempts)),
    ]
    if secret is not None:
        found += [
            ("webhook-id", row.event_id),
            ("webhook-timestamp", str(timestamp)),
            ("webhook-signature", sign.standard(secret, row.event_id, timestamp, row.raw_payload)),
        ]
    return tuple(found)
