"""The script that compose's Postgres runs when its data folder is new, against a real server."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from deploy.local.servers import binaries
from deploy.local.servers.postgres import Postgres
from tests.architecture.sources import services
from tests.deploy import deployed

AWKWARD = 'it\'s a "pass"; drop role auth --'


def _psql() -> Path:
    """The one beside the server that the wheel brings, else one on PATH."""
    wheels = binaries.postgres_wheel() / "bin" / "psql"
    found = str(wheels) if wheels.exists() else shutil.which("psql")
    return Path(found) if found else pytest.skip("no psql on this machine: the script was NOT run")


def _run(server: Postgres, passwords: dict[str, str]) -> None:
    url = urlsplit(server.url)
    connection = {"PGHOST": str(url.hostname), "PGPORT": str(url.port), "POSTGRES_USER": str(url.username)}
    path = {"PATH": f"{_psql().parent}:{os.environ['PATH']}", "POSTGRES_PASSWORD": str(url.password)}
    script = deployed.DEPLOY / "postgres" / "init.sh"
    subprocess.run(["bash", script], env={**path, **connection, **passwords}, check=True, timeout=60)


async def test_each_service_enters_its_own_database_alone(postgres_server: Callable[[], Postgres]) -> None:
    """One database and role for each service; another's is refused, and so is no password's text as SQL."""
    server = postgres_server()
    _run(server, {f"POSTGRES_{name.upper()}_PASSWORD": AWKWARD for name in services()})
    url = urlsplit(server.url)
    at = {"host": url.hostname, "port": url.port, "password": AWKWARD}
    for name in services():
        own = await asyncpg.connect(user=name, database=name, **at)
        await own.execute("create table mine (id int)")
        await own.close()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(user="verifier", database="auth", **at)
