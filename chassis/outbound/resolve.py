"""From a name to the addresses we may dial: our own resolver, because what was judged must be what is dialled."""

import asyncio
from ipaddress import IPv4Address, IPv6Address
from typing import Literal

import aiodns
import pycares

from chassis.outbound import judge, url
from chassis.outbound.failures import BlockedAddress, HostUnresolvable
from chassis.outbound.policy import Policy

TRY_SECONDS = 1.0
TRIES = 3
"""What a certificate authority's validator waits for DNS."""

_LOOPBACK: dict[str, tuple[judge.Address, ...]] = {
    "localhost": (IPv6Address("::1"), IPv4Address("127.0.0.1")),
    "127.0.0.1": (IPv4Address("127.0.0.1"),),
    "::1": (IPv6Address("::1"),),
}

_DETAIL = {
    aiodns.error.ARES_ENOTFOUND: "no_such_name",
    aiodns.error.ARES_ENODATA: "no_address",
    aiodns.error.ARES_ETIMEOUT: "timeout",
}


class Resolver:
    """Asks the policy's name servers, nothing else: no hosts file, no search domains."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._dns: aiodns.DNSResolver | None = None

    async def judged(self, target: url.Target) -> list[judge.Address]:
        """Where to dial: at most one IPv6 address and then one IPv4 address.

        Raises HostUnresolvable, and BlockedAddress if ANY address of the name is blocked: a name that mixes is
        no mistake, and the good one must not be picked out of it.
        """
        if target.loopback:
            return list(_LOOPBACK[target.host])
        found = await self.addresses(target.host)
        for address in found:
            if (why := self._policy.blocks(address)) is not None:
                raise BlockedAddress(f"{target.host} is {address}: {why}")
        first: dict[int, judge.Address] = {}
        for address in found:
            first.setdefault(address.version, address)
        return [first[version] for version in (6, 4) if version in first]

    async def addresses(self, host: str) -> list[judge.Address]:
        """Every address of `host`, of both families. Raises HostUnresolvable."""
        v6, v4 = await asyncio.gather(self._query(host, "AAAA"), self._query(host, "A"))
        found = [address for answer in (v6, v4) if isinstance(answer, list) for address in answer]
        if not found:
            reasons = {answer for answer in (v6, v4) if isinstance(answer, str)}
            # The least final one is reported: it is the one that a retry may mend.
            ranked = ("timeout", "server_failure", "no_address", "no_such_name")
            raise HostUnresolvable(next((reason for reason in ranked if reason in reasons), "no_address"))
        return found

    async def stop(self) -> None:
        if self._dns is not None:
            await self._dns.close()
            self._dns = None

    async def _query(self, host: str, kind: Literal["A", "AAAA"]) -> list[judge.Address] | str:
        if self._dns is None:
            self._dns = aiodns.DNSResolver(self._policy.nameservers or None, timeout=TRY_SECONDS, tries=TRIES)
        try:
            result = await self._dns.query_dns(host, kind)
        except aiodns.error.DNSError as error:
            return _DETAIL.get(error.args[0], "server_failure")
        # The answer section also holds the CNAMEs that led here.
        return [
            judge.read(record.data.addr)
            for record in result.answer
            if isinstance(record.data, pycares.ARecordData | pycares.AAAARecordData)
        ]


async def judge_url(address: str, policy: Policy, resolver: Resolver | None = None) -> None:
    """Checks a URL as it is saved: every rule of a request, resolution included. Raises OutboundFailed.

    Passing here exempts no later request from the same judgement.
    """
    target = url.parse(address, policy)
    if resolver is not None:
        await resolver.judged(target)
        return
    own = Resolver(policy)
    try:
        await own.judged(target)
    finally:
        await own.stop()
