"""Carries logout tokens to applications through the guarded client (Back-Channel Logout 1.0)."""

from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from chassis import courier, metrics, work
from chassis.courier import NotCarried
from chassis.outbound import Blocked, Outbound, OutboundFailed, RedirectNotFollowed, UrlRefused
from services.auth.ground import Ground
from services.auth.logout import outbox
from services.auth.logout.outbox import Claimed
from services.auth.tokens import mint

ANSWER_BYTES: Final = 1024

FINAL: Final = (Blocked, UrlRefused, RedirectNotFollowed)
"""Where trying again would ask the same forbidden thing."""

_HEADERS: Final = (("Content-Type", "application/x-www-form-urlencoded"), ("Cache-Control", "no-store"))


class Courier(courier.Courier[Claimed]):
    """For the notices of sessions that ended."""

    name = "logout"
    failures = metrics.counter("logout.failed", description="Logout tokens given up, after the last try or at once.")
    at_once = 16
    pauses = tuple(timedelta(seconds=seconds) for seconds in (2, 10, 60, 300, 1800, 7200))
    """After the last one nobody there has been listening for hours."""

    def __init__(self, ground: Ground, outbound: Outbound) -> None:
        super().__init__(ground.db, ground.clock, outbox)
        self._ground, self._outbound = ground, outbound

    def unit(self, one: Claimed) -> work.unit:  # noqa: ARG002 - all are alike
        return work.unit("logout.sent", kind="client")

    async def carry(self, one: Claimed, unit: work.unit) -> None:
        """A token is signed for each try: it lives for two minutes."""
        unit.note(key=str(one.key), client_id=one.client_id)
        if one.uri is None:
            return
        key, now = await self._ground.ring.signing("own"), self._ground.clock.now()
        body = urlencode({"logout_token": mint.logout_token(key, self._ground.issuer, one, now)}).encode()
        try:
            answer = await self._outbound.fetch(
                "POST", one.uri, _HEADERS, body, owner=one.client_id, max_body=ANSWER_BYTES
            )
        except OutboundFailed as error:
            raise NotCarried(error.reason, final=isinstance(error, FINAL)) from error
        if answer.status not in {200, 204}:
            raise NotCarried(f"status {answer.status}")
