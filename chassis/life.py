"""The life of a process: settings, telemetry, resources, ready, and a SIGTERM that loses nothing (docs/operations)."""

import asyncio
import gc
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from typing import Generic, Protocol, TypeVar

import structlog
import uvloop

from chassis import log, metrics, settings, trace
from chassis.clock import Clock, SystemClock
from chassis.health import Health

logger = structlog.get_logger()

DRAIN_SECONDS = 8.0
"""What is in flight gets this long; with the flush of telemetry a process ends within 10 s."""

END_ASKS, END_SECONDS = 3, 0.3
"""How often a task is asked to end, and how long each time."""

FIRST_RETRY_SECONDS = 0.1
LAST_RETRY_SECONDS = 2.0

COLLECT = (10_000, 20, 20)
"""Thresholds of the garbage collector: a request leaves no cycles to speak of."""

S = TypeVar("S", bound=settings.Base)
R = TypeVar("R")


class StartImpossible(Exception):
    """No waiting mends this, as with bad settings: the process ends at once, with status 2."""


class Resource(Protocol):
    """Something with a life of its own: a pool, a connection, a server."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def ping(self) -> None: ...


class House(Generic[S]):
    """What a process is made of; an app's `build` furnishes it, `live` runs it."""

    def __init__(self, name: str, config: S, clock: Clock | None = None) -> None:
        self.name, self.settings, self.clock = name, config, clock or SystemClock()
        self.instance = config.instance or f"{socket.gethostname()}-{os.getpid()}"
        self._stops: list[Callable[[], Awaitable[None]]] = []
        self._drains: list[Callable[[], Awaitable[None]]] = []
        self._pings: dict[str, Callable[[], Awaitable[None]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._ready = False
        self.ended = asyncio.Event()
        self.broken = False

    async def keep(self, name: str, resource: Resource) -> None:
        """Starts a resource, trying again until `start_timeout`; its ping is part of readiness."""
        await self.eventually(name, resource.start)
        self._stops.append(resource.stop)
        self._pings[name] = resource.ping

    async def eventually(self, name: str, attempt: Callable[[], Awaitable[R]]) -> R:
        """Tries `attempt` with growing pauses until it holds or `start_timeout` has passed."""
        deadline = self.clock.monotonic() + self.settings.start_timeout.total_seconds()
        pause = FIRST_RETRY_SECONDS
        while True:
            try:
                return await attempt()
            except StartImpossible:
                raise
            except Exception as error:
                if self.clock.monotonic() > deadline:
                    raise
                logger.info("start.waiting", resource=name, error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(pause)
            pause = min(pause * 2, LAST_RETRY_SECONDS)

    def task(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Runs a loop for as long as the process lives; if it breaks, the process ends and is started anew."""

        async def guarded() -> None:
            try:
                await run()
            except asyncio.CancelledError:
                raise
            except Exception:
                logger.exception("task.broke", task=name)
                self.broken = True
                self.ended.set()

        task = asyncio.create_task(guarded(), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def ready_when(self, name: str, ping: Callable[[], Awaitable[None]]) -> None:
        """Adds a condition of readiness: `ping` raises while it does not hold."""
        self._pings[name] = ping

    def on_drain(self, drain: Callable[[], Awaitable[None]]) -> None:
        """Called first at the end: take no new work, finish what is in flight."""
        self._drains.append(drain)

    def on_stop(self, stop: Callable[[], Awaitable[None]]) -> None:
        """Called after draining, the latest first."""
        self._stops.append(stop)

    async def missing(self) -> dict[str, str]:
        """What stands between this process and being ready."""
        if not self._ready:
            return {"start": "still starting"} if not self.ended.is_set() else {"end": "draining"}
        found = {}
        for name, ping in self._pings.items():
            try:
                async with asyncio.timeout(2):
                    await ping()
            except Exception as error:  # noqa: BLE001 - whatever a ping raises is the reason shown
                found[name] = f"{type(error).__name__}: {error}"
        return found

    def begin(self) -> None:
        self._ready = True

    async def end(self) -> None:
        self._ready = False
        self.ended.set()
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                ended = await asyncio.gather(*(drain() for drain in self._drains), return_exceptions=True)
            for failure in filter(None, ended):
                logger.error("drain.failed", exc_info=failure)
        except TimeoutError:
            logger.warning("drain.cut_short", seconds=DRAIN_SECONDS)
        await self._end_tasks()
        for stop in reversed(self._stops):
            try:
                async with asyncio.timeout(1):
                    await stop()
            except Exception:
                logger.exception("stop.failed")

    async def _end_tasks(self) -> None:
        """Asks thrice: a task may have been deaf to the first, and none may keep the process from ending."""
        for _ in range(END_ASKS):
            for task in self._tasks:
                task.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=END_SECONDS)
        for task in self._tasks:
            logger.warning("task.left", task=task.get_name())


Build = Callable[[House[S]], Awaitable[None]]


def main(name: str, kind: type[S], build: Build[S]) -> None:
    """Lives until SIGTERM or SIGINT; exit status 2 for what no waiting mends, 1 for a start or a task that failed."""
    try:
        config = settings.load(kind, os.environ)
    except settings.SettingsInvalid as error:
        sys.stderr.write(f"{name} cannot start: {error}\n")
        sys.exit(2)
    sys.exit(uvloop.run(live(House(name, config), build)))


async def live(house: House[S], build: Build[S]) -> int:
    """Builds, serves and ends one process; returns its exit status."""
    config = house.settings
    sink = log.configure(house.name, config.log_level, house.instance)
    trace.configure(house.name, ratio=config.trace_ratio, endpoint=config.otlp_endpoint, instance=house.instance)
    metrics.configure(house.name, house.instance)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, house.ended.set)
    health = Health(config.health_host, config.health_port, house.missing)
    serving = asyncio.create_task(health.serve())
    status = 0
    try:
        building = asyncio.ensure_future(build(house))
        await asyncio.wait({building, asyncio.ensure_future(house.ended.wait())}, return_when=asyncio.FIRST_COMPLETED)
        if building.done():
            building.result()
            _settle()
            house.begin()
            logger.info("process.ready")
            await house.ended.wait()
            status = 1 if house.broken else 0
        else:
            building.cancel()
    except StartImpossible as error:
        logger.error("start.impossible", error=f"{type(error).__name__}: {error}")  # noqa: TRY400 - no trace helps
        status = 2
    except Exception:
        logger.exception("start.failed")
        status = 1
    logger.info("process.ending")
    await house.end()
    health.stop()
    await serving
    trace.shutdown()
    sink.flush()
    return status


def _settle() -> None:
    """What was built stays until the end, so the garbage collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT)
