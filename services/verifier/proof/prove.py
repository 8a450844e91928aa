"""One attempt from one place: DNS first, the file only where DNS does not prove it (verifier.md A4)."""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from chassis import trace
from chassis.clock import Clock
from chassis.outbound import Outbound, url
from services.verifier.challenge import derive
from services.verifier.proof import compare, misplaced, reasons, well_known
from services.verifier.proof.txt import Names

Method = Literal["dns", "well_known"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What one attempt found out; `method` says by what it was proved, None that it was not."""

    method: Method | None
    dns_reason: str | None = None
    wellknown_reason: str | None = None
    found: tuple[str, ...] = ()
    """The TXT values that were there, whole."""
    negative_ttl: int | None = None

    @property
    def reason(self) -> str | None:
        """The one reason that is told first; None for a proof."""
        if self.method is not None or self.dns_reason is None or self.wellknown_reason is None:
            return None
        return reasons.more_actionable(self.dns_reason, self.wellknown_reason)


class Prover:
    """Looks at other people's name servers and web servers; decides nothing."""

    def __init__(self, names: Names, outbound: Outbound, clock: Clock) -> None:
        self._names, self._outbound, self._clock = names, outbound, clock

    async def prove(self, target: url.Target, challenges: Sequence[str]) -> Finding:
        """Takes 13 s at most; whatever goes wrong out there is in the finding."""
        finding = await self._by_dns(target, challenges)
        if finding.method is not None:
            return finding
        with trace.span("verify.well_known", attributes={"server.address": target.host}) as span:
            reason = await well_known.missing(self._outbound, target, challenges)
            span.attribute("verify.outcome", reason or "verified")
        method: Method | None = "well_known" if reason is None else None
        return msgspec.structs.replace(finding, method=method, wellknown_reason=reason)

    async def hint(self, finding: Finding, host: str, uri: str, values: Mapping[str, str]) -> str | None:
        """What is probably wrong, in a sentence for the developer; `values` has the app's URIs by their challenges."""
        if (said := misplaced.another_uri(values, finding.found, uri)) is not None:
            return said
        if finding.dns_reason not in {"dns_nxdomain", "dns_no_record", "dns_mismatch"}:
            return None
        with trace.span("verify.hint"):
            return await misplaced.found(self._names, host, values)

    async def _by_dns(self, target: url.Target, challenges: Sequence[str]) -> Finding:
        name = derive.dns_record(target.host)
        with trace.span("verify.dns", attributes={"dns.question.name": name}) as span:
            records = await self._names.txt(name)
            proved = compare.any_record(records.values, challenges, self._clock.now())
            reason = None if proved else records.reason or "dns_mismatch"
            span.attribute("verify.outcome", reason or "verified")
        return Finding(
            method="dns" if proved else None,
            dns_reason=reason,
            found=records.values,
            negative_ttl=records.negative_ttl,
        )
