"""Launches Redis (or Valkey): in memory only, because it holds nothing but rate limits (ADR 8)."""

from pathlib import Path

from deploy.local.process import LOOPBACK, Process, converse, free_port
from deploy.local.servers import binaries


class Redis(Process):
    """A Redis server with a password, on loopback."""

    def __init__(self, folder: Path, password: str, *, port: int | None = None) -> None:
        super().__init__("redis", folder / "redis.log")
        self.port = port or free_port()
        self._configuration = folder / "redis.conf"
        self._password = password

    def url(self, database: int = 0) -> str:
        """Address, password and number of a database (0 to 15)."""
        return f"redis://:{self._password}@{LOOPBACK}:{self.port}/{database}"

    def prepare(self) -> None:
        """The password stands in a file, because every user of the machine can read a command line."""
        self._configuration.parent.mkdir(parents=True, exist_ok=True)
        self._configuration.touch(mode=0o600)
        self._configuration.write_text(
            f'bind {LOOPBACK}\nport {self.port}\nrequirepass {self._password}\nsave ""\nappendonly no\n'
            f"maxmemory 256mb\nmaxmemory-policy noeviction\ndir {self._configuration.parent.absolute()}\n"
        )

    def command(self) -> list[str | Path]:
        return [binaries.redis_server(), self._configuration.absolute()]

    def answers(self) -> bool:
        return converse(self.port, f"AUTH {self._password}\r\n".encode(), 3) == b"+OK"
