"""Keeps processes running: starts them, tells what became of each, restarts one that died, stops all in order.

One thread and a look ten times a second, because the leash of a process is tied to the thread that started it.
"""

import signal
import time
from collections.abc import Callable, Sequence
from types import FrameType

from deploy.local.process import Process, ProcessFailed

TICK = 0.1  # seconds between two looks
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0  # seconds before a restart, doubling
STEADY = 10.0  # seconds after which a process counts as steady, and its next pause is the first again
TRIES = 5  # a process that ends so often before it ever answered will not do better
BAD_SETTINGS = 2  # exit status of a process that needs no second try (chassis.life)
PROGRAMS_GRACE, SERVERS_GRACE = 7.0, 2.0  # seconds to stop in; together below the 10 that Ctrl-C promises

Say = Callable[[str], None]


class StopAsked(Exception):
    """Somebody wants the stack to end while it is still starting."""


class Ending:
    """True once SIGINT, SIGTERM or SIGHUP has come."""

    def __init__(self) -> None:
        self._asked = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask)

    def __bool__(self) -> bool:
        return self._asked

    def _ask(self, _: int, __: FrameType | None) -> None:
        self._asked = True


class Kept:
    """A process and what the supervisor remembers of it."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.ready = False
        self.endings = 0
        self._pause = FIRST_PAUSE
        self._spawned = time.monotonic()
        self._due: float | None = None

    def spawn(self) -> None:
        self._due, self._spawned = None, time.monotonic()
        self.process.spawn()

    def look(self, say: Say) -> None:
        """Notice an end, a due restart, or a first answer."""
        now = time.monotonic()
        if self._due is not None:
            if now >= self._due:
                self.spawn()
        elif not self.process.alive:
            self._ended(now, say)
        elif not self.ready and self.process.answers():
            self.ready = True
            say(f"  {self.process.name:<10} ready    {now - self._spawned:4.1f} s")

    def _ended(self, now: float, say: Say) -> None:
        if now - self._spawned > STEADY:
            self._pause = FIRST_PAUSE
        if self.ready:
            say(f"  {self.process.name:<10} ended with {self.process.returncode}, starts again in {self._pause:.1f} s")
        self.ready, self.endings = False, self.endings + 1
        self._due, self._pause = now + self._pause, min(self._pause * 2, LONGEST_PAUSE)


class Supervisor:
    """Starts and keeps what it is given; `say` gets one line for each thing worth knowing."""

    def __init__(self, say: Say, ending: Callable[[], bool]) -> None:
        self._say = say
        self._ending = ending
        self._kept: list[Kept] = []

    def start(self, processes: Sequence[Process], seconds: float) -> None:
        """Start them side by side and return when all answer. Raises ProcessFailed, or StopAsked."""
        begun = [Kept(process) for process in processes]
        for kept in begun:
            self._kept.append(kept)
            kept.spawn()
        deadline = time.monotonic() + seconds
        while not all(kept.ready for kept in begun):
            if self._ending():
                raise StopAsked
            for kept in begun:
                kept.look(self._say)
                self._give_up_on_hopeless(kept, late=time.monotonic() > deadline, seconds=seconds)
            time.sleep(TICK / 4)

    def keep(self) -> None:
        """Keep everything running until the end is asked for."""
        while not self._ending():
            for kept in self._kept:
                kept.look(self._say)
            time.sleep(TICK)

    def stop(self, servers: Sequence[Process]) -> None:
        """Stop the programs, each in its own way; then the servers that they need."""
        programs = [kept.process for kept in self._kept if kept.process not in servers]
        _stop_together(programs, PROGRAMS_GRACE)
        _stop_together(servers, SERVERS_GRACE)

    def _give_up_on_hopeless(self, kept: Kept, *, late: bool, seconds: float) -> None:
        process = kept.process
        hopeless = kept.endings >= TRIES or (kept.endings > 0 and process.returncode == BAD_SETTINGS)
        if not kept.ready and (hopeless or late):
            why = f"ended with {process.returncode}" if kept.endings else f"did not answer within {seconds:.0f} s"
            raise ProcessFailed(f"{process.name} {why}; the end of {process.log}:\n{process.tail()}")


def _stop_together(processes: Sequence[Process], grace: float) -> None:
    deadline = time.monotonic() + grace
    for process in processes:
        process.ask_to_stop()
    for process in processes:
        process.stop(max(0.0, deadline - time.monotonic()))
