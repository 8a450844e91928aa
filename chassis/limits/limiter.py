"""The limiter of the gateways: all limits asked within one turn of the event loop are one call to Redis."""

import asyncio
import hashlib
from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path

import msgspec
from redis.exceptions import NoScriptError, RedisError

from chassis.clock import Clock, SystemClock
from chassis.limits.fallback import Breaker, Fallback
from chassis.limits.line import Line
from chassis.limits.policy import Decision, Key, Policy, Standing, digest

TIMEOUT_SECONDS = 0.05
"""What a request waits for Redis at most; beyond, it is decided without."""

BATCH = 128
"""Requests in one call: some 1 ms of Redis' time, so that no other gateway waits long."""

FLIGHTS = 4
"""Calls under way at once; what is asked meanwhile gathers for the next one."""

SCRIPT = Path(__file__).with_name("gcra.lua").read_text()
SCRIPT_DIGEST = hashlib.sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()

Wanted = Sequence[tuple[Policy, Key]]


class Mode(IntEnum):
    """What a check does, as gcra.lua numbers it."""

    TAKE = 0
    TAKE_ALWAYS = 1
    LOOK = 2
    CHARGE = 3


class _Ask(msgspec.Struct, frozen=True):
    wanted: Wanted
    partitions: tuple[bytes, ...]
    modes: tuple[Mode, ...]
    answer: asyncio.Future[Decision]


class Limiter:
    """Never raises for Redis' sake: what Redis does not decide in time, the fallback decides."""

    def __init__(
        self,
        url: str,
        *,
        gateways: int = 1,
        clock: Clock | None = None,
        time: Clock | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        """`time` replaces Redis' own clock, which all gateways share; `clock` serves breaker and fallback."""
        clock = clock or SystemClock()
        self._url = url
        self._line: Line | None = None
        self._opening = asyncio.Lock()
        self._time, self._timeout = time, timeout_seconds
        self.fallback, self.breaker = Fallback(gateways, clock), Breaker(clock)
        self._waiting: list[_Ask] = []
        self._flights: set[asyncio.Task[None]] = set()
        self._scheduled = False

    async def start(self) -> None:
        """Waits for nothing: a gateway is useful without Redis."""

    async def ping(self) -> None:
        """Raises where Redis does not answer in a second; being not ready for it is the gateway's choice."""
        async with asyncio.timeout(1):
            line = await self._connected()
            await line.say("PING")

    async def stop(self) -> None:
        await self.settle()
        if self._line is not None:
            self._line.close()

    async def take(self, wanted: Wanted) -> Decision:
        """One unit from each policy, or from none; policies that count afterwards are only looked at."""
        modes = [
            Mode.LOOK if policy.afterwards else Mode.TAKE_ALWAYS if policy.counts_rejected else Mode.TAKE
            for policy, _ in wanted
        ]
        return await self._ask(wanted, tuple(modes))

    async def peek(self, wanted: Wanted) -> Decision:
        """What `take` would decide, taking nothing."""
        return await self._ask(wanted, (Mode.LOOK,) * len(wanted))

    def charge(self, policy: Policy, key: Key) -> asyncio.Future[Decision]:
        """Counts one unit, whatever stands already; its decision tells how the policy stood before.

        It counts whether or not it is awaited.
        """
        return self._asked([(policy, key)], (Mode.CHARGE,))

    async def settle(self) -> None:
        """Waits until everything asked so far has been counted."""
        while self._scheduled or self._flights:
            await asyncio.gather(*self._flights, return_exceptions=True)
            await asyncio.sleep(0)

    async def _ask(self, wanted: Wanted, modes: tuple[Mode, ...]) -> Decision:
        return await self._asked(wanted, modes) if wanted else Decision(())

    def _asked(self, wanted: Wanted, modes: tuple[Mode, ...]) -> asyncio.Future[Decision]:
        loop = asyncio.get_running_loop()
        ask = _Ask(wanted, tuple([digest(policy, key) for policy, key in wanted]), modes, loop.create_future())
        self._waiting.append(ask)
        self._schedule(loop)
        return ask.answer

    def _schedule(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._scheduled and len(self._flights) < FLIGHTS:
            self._scheduled = True
            loop.call_soon(self._depart)

    def _depart(self) -> None:
        self._scheduled = False
        while self._waiting and len(self._flights) < FLIGHTS:
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            flight = asyncio.get_running_loop().create_task(self._fly(batch))
            self._flights.add(flight)
            flight.add_done_callback(self._landed)

    def _landed(self, flight: asyncio.Task[None]) -> None:
        self._flights.discard(flight)
        if self._waiting:
            self._depart()

    async def _fly(self, batch: list[_Ask]) -> None:
        answers = None if self.breaker.open else await self._call(batch)
        read = iter(answers or ())
        for ask in batch:
            if answers is None:
                decision = self._blindly(ask)
            else:
                decision = Decision(
                    tuple(
                        [
                            Standing(policy, partition, next(read) == 1, next(read))
                            for (policy, _), partition in zip(ask.wanted, ask.partitions, strict=True)
                        ]
                    )
                )
            if not ask.answer.done():
                ask.answer.set_result(decision)

    async def _call(self, batch: list[_Ask]) -> list[int] | None:
        keys: list[bytes] = []
        arguments: list[str | int] = [self._now()]
        for ask in batch:
            arguments.append(len(ask.wanted))
            for (policy, _), partition, mode in zip(ask.wanted, ask.partitions, ask.modes, strict=True):
                keys.append(policy.prefix + partition)
                arguments += (policy.interval, policy.tolerance, int(mode))
        try:
            async with asyncio.timeout(self._timeout):
                answers = await self._run(keys, arguments)
        except (RedisError, OSError, TimeoutError):
            self.breaker.failed()
            return None
        self.breaker.answered()
        return answers

    async def _run(self, keys: list[bytes], arguments: list[str | int]) -> list[int]:
        line = await self._connected()
        try:
            found = await line.say("EVALSHA", SCRIPT_DIGEST, len(keys), *keys, *arguments)
        except NoScriptError:  # new or restarted
            found = await line.say("EVAL", SCRIPT, len(keys), *keys, *arguments)
        except asyncio.CancelledError:
            # Out of time: what hangs once may hang for ever.
            line.close()
            raise
        return list(found)

    async def _connected(self) -> Line:
        if self._line is None or self._line.lost:
            async with self._opening:
                if self._line is None or self._line.lost:
                    self._line = await Line.open(self._url)
        return self._line

    def _blindly(self, ask: _Ask) -> Decision:
        if Mode.CHARGE in ask.modes:
            for policy, key in ask.wanted:
                self.fallback.charge(policy, key)
            return Decision((), blind=True)
        return self.fallback.take(ask.wanted, look=all(mode is Mode.LOOK for mode in ask.modes))

    def _now(self) -> str | int:
        return "" if self._time is None else int(self._time.now().timestamp() * 1_000_000)
