"""Launches PostgreSQL 18 from the binaries of its wheel: SCRAM only, loopback only, never as root."""

import os
import shutil
import signal
import struct
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from deploy.local.process import LOOPBACK, Process, ProcessFailed, converse, free_port
from deploy.local.servers import binaries

NOBODY = 65534  # PostgreSQL refuses to run as root
SUPERUSER = "postgres"
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "300",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# A killed postmaster loses nothing that it acknowledged even so (synchronous_commit stays on): only a machine that
# loses power would. Tests kill postmasters and do not pull plugs.
FLEETING = {"fsync": "off", "full_page_writes": "off", "wal_level": "minimal", "max_wal_senders": "0"}
# The first message of a session (protocol 3.0): length, version, parameters.
STARTUP = struct.pack("!ii", 8 + len(b"user\0postgres\0\0"), 3 << 16) + b"user\0postgres\0\0"
# What PostgreSQL says while sessions of a killed server have not noticed yet.
STILL_IN_USE = "shared memory block"


class Postgres(Process):
    """A PostgreSQL server whose data lie in `folder`, which is its own, and which its user can reach.

    `durable=False` is for tests: it survives kill -9 of the server, not of the machine.
    """

    stop_signal = signal.SIGINT  # fast shutdown: clients are cut off, data written
    orphan_signal = signal.SIGQUIT  # immediate shutdown: crash recovery at the next start

    def __init__(self, folder: Path, password: str, *, port: int | None = None, durable: bool = True) -> None:
        super().__init__("postgres", folder / "postgres.log")
        self.port = port or free_port()
        self.uid = NOBODY if os.geteuid() == 0 else None
        self._folder = folder.absolute()
        self.data = self._folder / "data"
        self._password = password
        self._durable = durable
        self._root: Path | None = None

    @property
    def url(self) -> str:
        """The superuser's URL, for the launcher's own use: services get a role each."""
        return f"postgresql://{SUPERUSER}:{self._password}@{LOOPBACK}:{self.port}/postgres"

    def prepare(self) -> None:
        """Create the data once; afterwards clear away what a killed server left."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.uid is not None:
            os.chown(self._folder, self.uid, self.uid)
        self._root = self._root or self._reachable_root()
        if (self.data / "PG_VERSION").exists():
            self._forget_dead_server()
        else:
            self._create()

    def start(self, seconds: float = 30.0) -> None:
        """As every process; but the sessions of a killed server may need a moment to notice, so it tries again."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                return super().start(seconds)
            except ProcessFailed as failure:
                if STILL_IN_USE not in str(failure) or time.monotonic() > deadline:
                    raise
            time.sleep(0.05)

    def command(self) -> list[str | Path]:
        settings = {**SETTINGS, **({} if self._durable else FLEETING), "port": str(self.port)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [self._program("postgres"), "-D", self.data, *options]

    def environment(self) -> Mapping[str, str]:
        return {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}

    def answers(self) -> bool:
        """Asked to begin a session it demands a password ("R") when ready; while starting it refuses ("E")."""
        return converse(self.port, STARTUP, 1) == b"R"

    def _program(self, name: str) -> Path:
        return (self._root or binaries.postgres_wheel()) / "bin" / name

    def _reachable_root(self) -> Path:
        """The wheel's own folder, or a copy of it when the server's user may not pass its parents (root's home)."""
        wheel = binaries.postgres_wheel()
        if self.uid is None or self._runs([wheel / "bin" / "initdb", "--version"]):
            return wheel
        copies = self._folder / "programs"
        copy = copies / wheel.parent.name / wheel.name  # the libraries are found by a path relative to the programs
        if not copy.exists():
            libraries = wheel.parent.with_name(f"{wheel.parent.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, copies / libraries.name, dirs_exist_ok=True)
            shutil.copytree(wheel, copy.with_suffix(".new"), symlinks=True, dirs_exist_ok=True)
            copy.with_suffix(".new").rename(copy)
        return copy

    def _runs(self, command: list[str | Path]) -> bool:
        try:
            return self._as_user(command).returncode == 0
        except PermissionError:
            return False

    def _create(self) -> None:
        """initdb into a folder that gets its name last, so that a broken attempt is never taken for data."""
        attempt = self._folder / "data.new"
        shutil.rmtree(attempt, ignore_errors=True)
        secret = self._folder / "password"
        secret.touch(mode=0o600)
        secret.write_text(self._password)
        if self.uid is not None:
            os.chown(secret, self.uid, self.uid)
        options = f"--username={SUPERUSER} --auth=scram-sha-256 --encoding=UTF8 --locale=C --locale-provider=builtin"
        options += " --builtin-locale=C.UTF-8 --no-instructions" + ("" if self._durable else " --no-sync")
        command: list[str | Path] = [self._program("initdb"), "-D", attempt, f"--pwfile={secret}", *options.split()]
        made = self._as_user(command)
        secret.unlink()
        if made.returncode != 0:
            raise ProcessFailed(f"initdb ended with {made.returncode}\n{made.stdout.decode(errors='replace')}")
        attempt.rename(self.data)

    def _as_user(self, command: list[str | Path]) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            command,
            check=False,
            cwd="/",
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            user=self.uid,
            group=self.uid,
            extra_groups=None if self.uid is None else [],
        )

    def _forget_dead_server(self) -> None:
        """Wait for a server that is just ending; then remove its pid file, whose number may be another process's now.

        Should it live on, PostgreSQL itself sees its shared memory in use and refuses to start.
        """
        note = self.data / "postmaster.pid"
        deadline = time.monotonic() + 10.0
        while note.exists() and time.monotonic() < deadline:
            lines = note.read_text().splitlines()
            if len(lines) < 4 or not converse(int(lines[3]), STARTUP, 1):
                note.unlink(missing_ok=True)
                return
            time.sleep(0.05)
