"""Connections belong to an owner: what one relying party's server was told is never reused for another's."""

import ssl
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from chassis.outbound.dial import HEAD_BYTES, Dialler

MAX_OWNERS = 512
"""Owners whose connections are kept; the one that was quiet the longest goes first."""


class _Pool:
    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session
        self.leases = 0


class Pools:
    """One session per owner; requests without an owner share a session that reuses nothing."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self._pools: OrderedDict[str | None, _Pool] = OrderedDict()

    @asynccontextmanager
    async def lease(self, owner: str | None) -> AsyncIterator[aiohttp.ClientSession]:
        pool = self._pools.get(owner)
        if pool is None:
            pool = self._pools[owner] = _Pool(_session(self._tls, reuse=owner is not None))
        self._pools.move_to_end(owner)
        pool.leases += 1
        try:
            yield pool.session
        finally:
            pool.leases -= 1
            await self._evict()

    async def close(self) -> None:
        pools, self._pools = self._pools, OrderedDict()
        for pool in pools.values():
            await pool.session.close()

    async def _evict(self) -> None:
        while len(self._pools) > MAX_OWNERS:
            quiet = [owner for owner, pool in self._pools.items() if pool.leases == 0]
            if not quiet:
                return
            await self._pools.pop(quiet[0]).session.close()


def _session(tls: ssl.SSLContext, *, reuse: bool) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=Dialler(tls, reuse=reuse),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        # Our own count of the head is the cap; these only keep the parser from refusing earlier and vaguer.
        max_line_size=HEAD_BYTES * 16,
        max_field_size=HEAD_BYTES * 16,
        max_headers=HEAD_BYTES * 16,
    )
