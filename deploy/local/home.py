"""One stack's folder: its lock, its secrets, what the operator is given, and where its database lies."""

import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import msgspec

ROOT = Path(__file__).resolve().parents[2]
REACHABLE = Path("/var/tmp")  # noqa: S108  only for folders that mkdtemp makes
CONTENTS = ("credentials.json", "log", "mail", "postgres", "postgres.place", "secrets.json", "servers", "lock")
LOG_LIMIT = 16 * 1024 * 1024  # bytes; a larger log is set aside when the stack starts


class StackRuns(Exception):
    """Another supervisor holds this home."""


class Home:
    """`folder` is LOGI_HOME, `port` the gateway's; the desk is three above it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder.absolute()
        self.port = port
        self.desk_port = port + 3

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """LOGI_HOME (.local) and LOGI_PORT (8000)."""
        return cls(Path(environ.get("LOGI_HOME") or ROOT / ".local"), int(environ.get("LOGI_PORT") or 8000))

    @property
    def issuer(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def desk_url(self) -> str:
        return f"http://localhost:{self.desk_port}"

    @property
    def credentials(self) -> Path:
        return self.folder / "credentials.json"

    @property
    def servers(self) -> Path:
        """Configuration of NATS and Redis."""
        return self.folder / "servers"

    @property
    def mail(self) -> Path:
        return self.folder / "mail"

    @property
    def logs(self) -> Path:
        return self.folder / "log"

    def make(self) -> None:
        """Create the folder, for its owner alone."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.logs.mkdir(exist_ok=True)

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold this home as its one supervisor; the kernel lets go when the process ends. Raises StackRuns."""
        self.make()
        with (self.folder / "lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StackRuns(f"a stack already runs in {self.folder}; `make down` ends it") from None
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield

    def holder(self) -> int | None:
        """The supervisor's process id while one runs."""
        try:
            with (self.folder / "lock").open() as lock:
                try:
                    fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    return int(lock.read() or 0) or None
        except FileNotFoundError:
            pass
        return None

    def secret(self, name: str, make: Callable[[], str] | None = None) -> str:
        """The secret of that name: made once, kept in secrets.json. By default a letter and 192 random bits."""
        path = self.folder / "secrets.json"
        kept: dict[str, str] = msgspec.json.decode(path.read_bytes()) if path.exists() else {}
        if name not in kept:
            # NATS reads a password as a value of its configuration: a leading digit would make it a number.
            kept[name] = make() if make else f"s{secrets.token_hex(24)}"
            write_private(path, msgspec.json.format(msgspec.json.encode(kept)) + b"\n")
        return kept[name]

    def database_folder(self) -> Path:
        """Where Postgres keeps its data; as root outside of this home, where its unprivileged user can go."""
        if os.geteuid() != 0:
            return self.folder / "postgres"
        place = self.folder / "postgres.place"
        if place.exists() and Path(place.read_text()).is_dir():
            return Path(place.read_text())
        made = Path(tempfile.mkdtemp(prefix="logi-", dir=REACHABLE))
        write_private(place, str(made).encode())
        return made

    def set_large_logs_aside(self) -> None:
        """Keep one older log for each process."""
        for log in self.logs.glob("*.log"):
            if log.stat().st_size > LOG_LIMIT:
                log.rename(log.with_suffix(".log.1"))

    def forget(self) -> None:
        """Remove what a stack wrote, and nothing else that may lie in the folder."""
        place = self.folder / "postgres.place"
        if place.exists():
            shutil.rmtree(place.read_text(), ignore_errors=True)
        for name in CONTENTS:
            path = self.folder / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()


def write_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    attempt = path.with_name(f"{path.name}.new")
    attempt.unlink(missing_ok=True)
    with os.fdopen(os.open(attempt, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    attempt.replace(path)
