"""The stack from its first process to its last, in the order a reader would tell it."""

import asyncio
import subprocess
import time
from collections.abc import Mapping

from deploy.local import databases, first_start, processes
from deploy.local.home import ROOT, Home
from deploy.local.process import ProcessFailed, port_is_free
from deploy.local.processes import MODULES, SEEDED, SERVICES, Stack
from deploy.local.supervisor import Ending, Say, StopAsked, Supervisor

SERVERS_WITHIN, PLATFORM_WITHIN = 90.0, 180.0  # seconds; the slowest machine has its time


def stack(home: Home, say: Say, modules: Mapping[str, str] = MODULES) -> int:
    """Run the stack of `home` until it is told to end; the exit status. `say` hears "ready" last when all is up."""
    ending = Ending()
    began = time.monotonic()
    with home.held():
        home.set_large_logs_aside()
        for port in (home.port, home.desk_port):
            if not port_is_free(port):
                say(f"port {port} is taken; LOGI_PORT chooses another (the desk takes LOGI_PORT + 3)")
                return 1
        table = processes.stack(home, modules)
        supervisor = Supervisor(say, lambda: bool(ending))
        try:
            _bring_up(home, table, supervisor, say)
            _welcome(home, time.monotonic() - began, say)
            supervisor.keep()
        except StopAsked:
            pass
        except ProcessFailed as failure:
            say(f"\n{failure}")
            return 1
        finally:
            say("  stopping")
            supervisor.stop(table.servers)
    return 0


def _bring_up(home: Home, table: Stack, supervisor: Supervisor, say: Say) -> None:
    say(f"logi in {home.folder}\n")
    supervisor.start(table.servers, SERVERS_WITHIN)
    asyncio.run(_databases(home, table.postgres.url))
    supervisor.start(list(table.platform.values()), PLATFORM_WITHIN)
    document = first_start.credentials(home)
    if not first_start.is_seeded(home.database_folder(), document):
        for name in SEEDED:
            _seed(table, name, document)
        first_start.remember_seeded(home.database_folder(), document)
        say("  first start: operator, keys and clients made")


async def _databases(home: Home, admin_url: str) -> None:
    for service in SERVICES:
        await databases.create(admin_url, service, home.secret(f"database.{service}"))


def _seed(table: Stack, name: str, document: bytes) -> None:
    """Give a service what it must know from the first moment. Raises ProcessFailed."""
    program = table.platform[name]
    try:
        subprocess.run(
            program.command("seed"),
            input=document,
            cwd=ROOT,
            env=dict(program.environment()),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=True,
            timeout=PLATFORM_WITHIN,
        )
    except subprocess.SubprocessError as error:
        said = getattr(error, "output", None) or b""
        raise ProcessFailed(f"seeding {name}: {error}\n{said.decode(errors='replace')}") from error


def _welcome(home: Home, seconds: float, say: Say) -> None:
    say(
        f"\nready in {seconds:.1f} s\n"
        f"  platform     {home.issuer}\n"
        f"  mail, traces {home.desk_url}\n"
        f"  credentials  {home.credentials}\n"
    )
