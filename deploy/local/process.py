"""One process of ours: started on a leash, asked whether it answers, stopped in order, killed if it must be."""

import atexit
import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

LEASH = Path(__file__).with_name("leash.py")
LOOPBACK = "127.0.0.1"
PORTS = range(
    10_000, 32_000
)  # below the ephemeral range: no outgoing connection takes a port while its server restarts
PROMISES = 64
"""Ports that this process keeps for servers which do not listen yet; the oldest have been used by then."""

TAIL_LINES, TAIL_WIDTH = 20, 1_000  # of a log, shown where a process failed


_promises: deque[socket.socket] = deque()


@atexit.register
def _forget_promises() -> None:
    for name in _promises:
        name.close()


class ProcessFailed(Exception):
    """A process ended, or did not answer in time; the message ends with the last lines of its log."""


class Process(ABC):
    """Start it from the main thread: Linux ties the leash to the thread that starts a process."""

    stop_signal = signal.SIGTERM
    orphan_signal = signal.SIGKILL
    uid: int | None = None
    folder = Path("/")
    """Where it runs; every user can go there."""

    def __init__(self, name: str, log: Path) -> None:
        self.name = name
        self.log = log
        self._child: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @abstractmethod
    def command(self) -> Sequence[str | Path]:
        """The program (an absolute path) and its arguments."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it does its work now. Asks once, within a second, and never raises."""

    def environment(self) -> Mapping[str, str]:
        """All of its environment: nothing is inherited but what the launcher names here."""
        return {"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8"}

    def prepare(self) -> None:  # noqa: B027  most processes need nothing
        """What must lie on disk before it can be spawned; called before every start."""

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child is not None and self.alive else None

    @property
    def returncode(self) -> int | None:
        """How it ended: an exit code, minus a signal, or None while it runs or before its start."""
        return self._child.poll() if self._child is not None else None

    def spawn(self) -> None:
        """Prepare and start it, without waiting for it to answer."""
        self.prepare()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        user = "-" if self.uid is None else str(self.uid)
        leash: list[str | Path] = [
            sys.executable,
            "-I",
            "-S",
            LEASH,
            str(os.getpid()),
            str(int(self.orphan_signal)),
            user,
        ]
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            self._child = subprocess.Popen(
                [*leash, *self.command()],
                cwd=self.folder,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a terminal's Ctrl-C reaches the supervisor alone, which stops in order
            )

    def await_ready(self, seconds: float = 90.0) -> None:
        """Return when it answers; raises ProcessFailed when it ends first or takes longer."""
        deadline = time.monotonic() + seconds
        while not self.answers():
            if not self.alive:
                raise ProcessFailed(f"{self.name} ended with {self.returncode}\n{self.tail()}")
            if time.monotonic() > deadline:
                raise ProcessFailed(f"{self.name} did not answer within {seconds:.0f} s\n{self.tail()}")
            time.sleep(0.02)

    def start(self, seconds: float = 90.0) -> None:
        """Spawn and wait until it answers; a process that does not is killed before ProcessFailed is raised."""
        self.spawn()
        try:
            self.await_ready(seconds)
        except BaseException:
            self.kill()
            raise

    def ask_to_stop(self) -> None:
        """Send its stop signal, without waiting."""
        if self._child is not None and self.alive:
            self._child.send_signal(self.stop_signal)

    def stop(self, grace: float = 10.0) -> None:
        """Ask it to stop, and kill it after `grace` seconds. Harmless when it does not run."""
        self.ask_to_stop()
        if self._child is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(grace)
        self.kill()

    def kill(self) -> None:
        """kill -9 for it and whatever it started in its process group."""
        if self._child is not None and self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()

    def tail(self) -> str:
        """The last lines it wrote since its last start."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            lines = log.read().decode(errors="replace").splitlines()[-TAIL_LINES:]
            return "\n".join(line[:TAIL_WIDTH] for line in lines)


def free_port(followers: int = 0) -> int:
    """A TCP port of the loopback address that nothing listens on now, nor on the `followers` ports above it.

    No other process that asks like this is given the same one meanwhile.
    """
    while True:
        port = random.choice(PORTS)  # noqa: S311  no secret
        if all(port_is_free(port + offset) and _promised(port + offset) for offset in range(followers + 1)):
            return port


def _promised(port: int) -> bool:
    """Take the name of a port among all processes here; the kernel frees it with this one. False if it is taken."""
    if sys.platform != "linux":
        return True  # such names are Linux' own
    name = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        name.bind(f"\0logi-port-{port}")
    except OSError:
        name.close()
        return False
    _promises.append(name)
    if len(_promises) > PROMISES:
        _promises.popleft().close()
    return True


def port_is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        # As servers do: a port whose last connections are still fading counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def converse(port: int, question: bytes, size: int, host: str = LOOPBACK) -> bytes:
    """The first bytes, at most `size`, that a port answers to a question; empty when it does not."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1.0) as connection:
        if question:
            connection.sendall(question)
        return connection.recv(size)
    return b""
