"""The table of everything that a local stack runs, and what each process is told in its environment."""

import base64
import contextlib
import http.client
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from deploy.local.first_start import MANAGEMENT_RESOURCE
from deploy.local.home import ROOT, Home
from deploy.local.process import LOOPBACK, Process, free_port
from deploy.local.servers.nats import Nats
from deploy.local.servers.postgres import Postgres
from deploy.local.servers.redis import Redis

SERVICES = ("auth", "registry", "delivery", "verifier")
MODULES = {**{service: f"services.{service}" for service in SERVICES}, "gateway": "gateway"}
SEEDED = ("auth", "registry")  # given credentials.json at the first start, in this order
NATS_USERS = (*MODULES, "perspective")
INHERITED = ("LOGI_", "PYTHONPATH")


class Program(Process):
    """A Python module run as a process, which answers when its readiness page says 200."""

    folder = ROOT

    def __init__(self, name: str, module: str, log: Path, variables: Mapping[str, str], ready: tuple[int, str]) -> None:
        super().__init__(name, log)
        self._module = module
        self._variables = variables
        self._ready_port, self._ready_path = ready

    def command(self, *arguments: str) -> list[str | Path]:
        return [sys.executable, "-m", self._module, *arguments]

    def environment(self) -> Mapping[str, str]:
        """What a developer sets (LOGI_LOG_LEVEL=debug make run) reaches every program, below what the stack says.

        PYTHONDONTWRITEBYTECODE does not: compiling all anew takes each process one second.
        """
        inherited = {name: value for name, value in os.environ.items() if name.startswith(INHERITED)}
        return {**super().environment(), **inherited, **self._variables}

    def answers(self) -> bool:
        connection = http.client.HTTPConnection(LOOPBACK, self._ready_port, timeout=1.0)
        try:
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection.request("GET", self._ready_path)
                return connection.getresponse().status == 200
            return False
        finally:
            connection.close()


class Stack(msgspec.Struct, frozen=True):
    """All processes of one home, in the order in which they start."""

    postgres: Postgres
    nats: Nats
    redis: Redis
    desk: Program
    platform: dict[str, Program]

    @property
    def servers(self) -> list[Process]:
        return [self.postgres, self.nats, self.redis, self.desk]

    @property
    def everything(self) -> list[Process]:
        return [*self.servers, *self.platform.values()]


def stack(home: Home, modules: Mapping[str, str] = MODULES) -> Stack:
    """Lay the table: ports are chosen, secrets made or read; nothing is started. `modules` are the platform's."""
    postgres = Postgres(home.database_folder(), home.secret("postgres"))
    passwords = {f"LOGI_NATS_{user.upper()}_PASSWORD": home.secret(f"nats.{user}") for user in NATS_USERS}
    nats = Nats(home.servers, configuration=ROOT / "deploy" / "nats.conf", variables=passwords)
    redis = Redis(home.servers, home.secret("redis"))
    postgres.log, nats.log, redis.log = (home.log(name) for name in ("postgres", "nats", "redis"))
    smtp_port = free_port()
    desk_variables = {
        "LOGI_DESK_PORT": str(home.desk_port),
        "LOGI_DESK_SMTP_PORT": str(smtp_port),
        "LOGI_DESK_MAIL": str(home.mail),
    }
    desk = Program("desk", "deploy.local.desk", home.log("desk"), desk_variables, (home.desk_port, "/up"))
    common = {
        "LOGI_ENVIRONMENT": "local",
        "LOGI_ISSUER": home.issuer,
        "LOGI_NATS_URL": nats.url,
        "LOGI_REDIS_URL": redis.url(),
        "LOGI_SMTP_URL": f"smtp://{LOOPBACK}:{smtp_port}",
        "LOGI_OTLP_ENDPOINT": f"http://{LOOPBACK}:{home.desk_port}",
        "LOGI_TRACE_RATIO": os.environ.get("LOGI_TRACE_RATIO", "1.0"),
        "LOGI_MANAGEMENT_RESOURCE": MANAGEMENT_RESOURCE,
        # Whoever tries the platform here has a webhook receiver here too (docs/contracts/delivery.md section 6).
        "LOGI_OUTBOUND_HTTP_LOOPBACK": "true",
    }
    platform = {}
    for name, module in modules.items():
        health = free_port()
        variables = {**common, **_own(home, name, postgres), "LOGI_HEALTH_PORT": str(health)}
        platform[name] = Program(name, module, home.log(name), variables, (health, "/readyz"))
    return Stack(postgres, nats, redis, desk, platform)


def _own(home: Home, name: str, postgres: Postgres) -> dict[str, str]:
    """What one process alone is told: nobody else has its password, its database or its keys."""
    own = {"LOGI_NATS_USER": name, "LOGI_NATS_PASSWORD": home.secret(f"nats.{name}")}
    if name == "gateway":
        return {**own, "LOGI_PORT": str(home.port)}
    return {
        **own,
        "LOGI_POSTGRES_URL": f"postgresql://{name}:{home.secret(f'database.{name}')}@{LOOPBACK}:{postgres.port}/{name}",
        "LOGI_KEY_ENCRYPTION_KEYS": home.secret(f"key_encryption.{name}", _key_encryption_key),
        "LOGI_SECRET_KEY_BASE": home.secret(f"key_base.{name}", lambda: secrets.token_hex(64)),
    }


def _key_encryption_key() -> str:
    return f"v1:{base64.b64encode(secrets.token_bytes(32)).decode()}"
