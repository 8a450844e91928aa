"""Servers that a test owns can be killed and restarted, and none outlives a killed test run."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import nats
import pytest

from deploy.local.process import ProcessFailed
from deploy.local.servers.nats import Nats


async def test_postgres_keeps_what_it_acknowledged_over_a_kill(postgres_server) -> None:
    """kill -9 and a new start: same port, same rows, no hand needed for the stale pid file."""
    server = postgres_server()
    connection = await asyncpg.connect(server.url)
    await connection.execute("create table kept (id int)")
    await connection.execute("insert into kept values (7)")
    server.kill()
    connection.terminate()
    server.start()
    connection = await asyncpg.connect(server.url)
    assert 7 == await connection.fetchval("select id from kept")
    await connection.close()


def test_postgres_starts_over_a_pid_file_of_another_process(postgres_server) -> None:
    """A recycled process number in postmaster.pid is not taken for a running server."""
    server = postgres_server()
    server.stop()
    (server.data / "postmaster.pid").write_text(f"{os.getpid()}\n{server.data}\n0\n{server.port}\n\n\n\nready\n")
    server.start()
    assert server.alive


async def test_nats_returns_on_its_port(nats_server) -> None:
    """A client reconnects to a restarted server by itself."""
    server = nats_server()
    back = asyncio.Event()

    async def reconnected() -> None:
        back.set()

    client = await nats.connect(
        server.url, max_reconnect_attempts=-1, reconnect_time_wait=0.05, reconnected_cb=reconnected
    )
    server.kill()
    server.start()
    await asyncio.wait_for(back.wait(), 30)
    await client.close()


async def test_nats_takes_a_configuration_with_variables(nats_server, tmp_path: Path) -> None:
    """A test of rights starts the very configuration that is deployed, with passwords of its own."""
    configuration = tmp_path / "nats.conf"
    configuration.write_text("authorization { user: me, password: $LOGI_NATS_ME_PASSWORD }\n")
    server = nats_server(configuration=configuration, variables={"LOGI_NATS_ME_PASSWORD": "s3cret"})
    client = await nats.connect(server.url, user="me", password="s3cret")
    await client.close()
    assert server.alive


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    """The failure carries the end of the server's log."""
    configuration = tmp_path / "nats.conf"
    configuration.write_text("max_payload: nonsense\n")
    with pytest.raises(ProcessFailed, match=r"nats\.conf:1"):
        Nats(tmp_path, configuration=configuration).start()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_no_server_outlives_its_parent(number: signal.Signals, tmp_path: Path) -> None:
    """Whatever ends the test run ends its servers."""
    story = (
        "import time, pathlib; from tests.infra import embedded; kept = embedded.servers(0, {});"
        f"pathlib.Path({str(tmp_path / 'urls')!r}).write_text(' '.join(kept.__enter__())); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", story])
    _within(30, (tmp_path / "urls").exists)
    _within(30, lambda: len((tmp_path / "urls").read_text().split()) == 3)
    children = _children(parent.pid)
    assert 3 == len(children)
    parent.send_signal(number)
    parent.wait(30)
    _within(30, lambda: not any(_runs(child) for child in children))


def _within(seconds: float, true) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, true
        time.sleep(0.02)


def _children(pid: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, check=True, text=True)
    return [int(line) for line in found.stdout.split()]


def _runs(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, check=False, text=True).stdout
    return bool(state.strip()) and not state.startswith("Z")
