"""One attempt: the stored bytes, signed as they were stored, posted through the guarded client (delivery.md 4)."""

import unicodedata
from datetime import datetime

import msgspec

from chassis import trace, work
from chassis.clock import Clock
from chassis.outbound import Answer, Blocked, Outbound, OutboundFailed, RedirectNotFollowed, UrlRefused
from services.delivery.attempts.store import Done
from services.delivery.dispatch import outcome
from services.delivery.dispatch.outcome import Outcome
from services.delivery.dispatch.store import Claimed
from services.delivery.keys.signer import Signer
from services.delivery.signing import sign

USER_AGENT = "logi-webhooks/1.0"
EXCERPT_BYTES = 1024
"""How much of an answer is read, for the log."""

ONE_ATTEMPT = "webhook.test"
"""A test send is not tried again: its developer is watching (delivery.md 10)."""

FINAL = (Blocked, UrlRefused)
"""Where trying again would ask the same forbidden thing."""

_REASONS = {"host_unresolvable": "dns_failure", "tls_invalid": "tls_error"}
"""The guarded client's words in those of delivery.md 5.6; the others are the same."""

Headers = tuple[tuple[str, str], ...]


class Post:
    """Sends webhooks. `propagate` tells receivers our trace, which only a developer's own machine may (4.1)."""

    def __init__(self, outbound: Outbound, clock: Clock, *, propagate: bool) -> None:
        self._outbound, self._clock, self._propagate = outbound, clock, propagate

    async def webhook(self, row: Claimed, url: str, signer: Signer) -> Done:
        """Sends and judges; never raises for what the receiver or the network does."""
        with (
            trace.arriving(row.traceparent),
            work.unit("webhook.post", kind="producer", labels={"event_type": row.event_type}, quiet=True) as unit,
        ):
            began, started_at = self._clock.monotonic(), self._clock.now()
            sent = headers(row, signer, started_at)
            result, answer = await self._attempt(row, url, sent)
            unit.note(event_id=row.event_id, client_id=row.client_id, attempt=row.attempts, status=result.status or 0)
            unit.label(result=result.kind)
            if result.kind != "delivered":
                unit.outcome = "refused"
                unit.note(reason=result.reason)
        final = row.event_type == ONE_ATTEMPT
        return Done(
            row=row,
            outcome=result,
            next_retry_at=None if final else outcome.next_attempt(result, row.attempts, self._clock.now()),
            started_at=started_at,
            duration_ms=int((self._clock.monotonic() - began) * 1000),
            resolved_ip=answer.address if answer else None,
            request_headers=msgspec.json.encode(sent),
            response_excerpt=_printable(answer.body) if answer else None,
        )

    def broken(self, row: Claimed) -> Done:
        """An attempt that ended in a mistake of ours, whatever the receiver has seen of it."""
        now = self._clock.now()
        result = Outcome(kind="retry", reason="internal_error")
        return Done(
            row=row,
            outcome=result,
            next_retry_at=None if row.event_type == ONE_ATTEMPT else outcome.next_attempt(result, row.attempts, now),
            started_at=now,
            duration_ms=0,
        )

    async def _attempt(self, row: Claimed, url: str, sent: Headers) -> tuple[Outcome, Answer | None]:
        if row.signature is None:
            return Outcome(kind="dead", reason="no_signing_key"), None
        try:
            answer = await self._outbound.fetch(
                "POST",
                url,
                sent,
                row.raw_payload,
                owner=row.client_id,
                max_body=EXCERPT_BYTES,
                propagate=self._propagate,
            )
        except RedirectNotFollowed as failure:
            return Outcome(kind="dead", status=failure.status, reason="redirect_not_followed"), None
        except FINAL:
            return Outcome(kind="dead", reason="ssrf_blocked"), None
        except OutboundFailed as failure:
            return Outcome(kind="retry", reason=_REASONS.get(failure.reason, failure.reason), down=True), None
        return outcome.of_answer(answer.status, answer.header("retry-after"), self._clock.now()), answer


def headers(row: Claimed, signer: Signer, now: datetime) -> Headers:
    """The time of the attempt is stamped here, outside the stored MAC: a late retry would be refused otherwise."""
    timestamp = int(now.timestamp())
    found = [
        ("Content-Type", "application/json"),
        ("User-Agent", USER_AGENT),
        ("X-Logi-Event-Id", row.event_id),
        ("X-Logi-Event", row.event_type),
        ("X-Logi-Delivery-Id", f"dlv_{row.id}_{row.attempts}"),
        ("X-Logi-Attempt", str(row.attempts)),
    ]
    if row.form == "legacy":
        found += [
            ("X-Logi-Signature", sign.legacy(row.signature or "")),
            ("X-Logi-Timestamp", str(timestamp)),
        ]
        if signer.webhook_secret_is_first:
            found += [("X-Logi-Secret-Deprecated", "true"), ("Deprecation", "true")]
    else:
        found.append(("X-Logi-Signature", sign.outbox(row.signature or "", row.kid or "", timestamp)))
    signatures = signer.standard(row.event_id, timestamp, row.raw_payload)
    if signatures:
        found += [
            ("webhook-id", row.event_id),
            ("webhook-timestamp", str(timestamp)),
            ("webhook-signature", signatures),
        ]
    return tuple(found)


def _printable(body: bytes) -> str:
    """Text without control characters, those that turn its direction included: nothing here obeys a receiver."""
    return "".join(char for char in body.decode(errors="replace") if not unicodedata.category(char).startswith("C"))
