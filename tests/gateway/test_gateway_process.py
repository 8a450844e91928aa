"""The gateway as a process: `python -m gateway` with its settings, its readiness, its end, its trace and its line."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from deploy.local.process import free_port
from deploy.local.servers.nats import Nats
from gateway.metering import NAMES
from tests.gateway.builders import Answer, Town, read
from tests.gateway.shop import Shop


class Gate(msgspec.Struct):
    """A gateway process, its ports, and where it writes its log."""

    process: subprocess.Popen[bytes]
    port: int
    health: int
    log: Path

    async def ask(self, port: int, path: str) -> Answer:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        try:
            answer = await read(reader)
            return msgspec.structs.replace(answer, body=answer.body or await reader.read())
        finally:
            writer.close()

    async def ready(self) -> None:
        async with asyncio.timeout(60):
            while True:
                try:
                    if (await self.ask(self.health, "/readyz")).status == 200:
                        return
                except OSError:
                    pass
                await asyncio.sleep(0.05)


@pytest.fixture
def gate(private_nats: Nats, tmp_path: Path) -> Iterator[Gate]:
    """A gateway over one service's table, with no Redis at all."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "routes.json").write_bytes(msgspec.json.encode(Shop().table))
    (tmp_path / "limits.json").write_text('{"tight": []}')
    port, health = free_port(), free_port()
    environment = {
        "LOGI_ISSUER": f"http://localhost:{port}",
        "LOGI_NATS_URL": private_nats.url,
        "LOGI_REDIS_URL": "redis://127.0.0.1:1/0",
        "LOGI_PORT": str(port),
        "LOGI_HEALTH_PORT": str(health),
        "LOGI_SERVICES": str(tmp_path),
        "LOGI_LIMITS_FILE": str(tmp_path / "limits.json"),
    }
    log = tmp_path / "gateway.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway"], env={**os.environ, **environment}, stdout=out, stderr=out
        )
    yield Gate(process, port, health, log)
    process.kill()
    process.wait()


async def test_a_gateway_lives_without_redis_and_ends_in_order(gate: Gate, shop: Shop) -> None:
    """It is ready with NATS and its table alone, finishes what is in flight at SIGTERM, and exits with 0."""
    await gate.ready()
    assert 200 == (await gate.ask(gate.port, "/echo")).status
    metrics = (await gate.ask(gate.health, "/metrics")).body.decode()
    assert "http_server_request_duration_seconds_count" in metrics
    pending = asyncio.create_task(gate.ask(gate.port, "/patient?seconds=0.5"))
    async with asyncio.timeout(30):
        await shop.begun.wait()
    gate.process.send_signal(signal.SIGTERM)
    assert 200 == (await pending).status
    assert 0 == await asyncio.to_thread(gate.process.wait, 30)
    lines = [json.loads(line) for line in gate.log.read_text().splitlines()]
    told = [line for line in lines if line["event"] == "http.server.request"]
    assert ["/echo", "/patient"] == [line["http.route"] for line in told]
    assert all(line["request_id"].startswith("req_") and len(line["trace_id"]) == 32 for line in told)


def test_bad_settings_are_named(tmp_path: Path) -> None:
    """A gateway that is told too little says what is missing and exits with 2."""
    found = subprocess.run([sys.executable, "-m", "gateway"], env={"PATH": ""}, capture_output=True, check=False)
    assert 2 == found.returncode
    assert b"LOGI_REDIS_URL" in found.stderr


async def test_one_line_tells_an_exchange_and_nothing_secret(town: Town) -> None:
    """Route template, status, client and outcome stand in one line; no credential and no query does."""
    with capture_logs() as lines:
        await town.ask("/items/apple?secret=hush", headers={"Authorization": "Bearer hush", "Cookie": "hush=1"})
        await town.ask("/nowhere/hush2")
    told = [line for line in lines if line["event"] == "http.server.request" and "owner" in line]
    assert [("/items/{name}", "200", "ok"), ("", "404", "refused")] == [
        (line["http.route"], line["http.response.status_code"], line["outcome"]) for line in told
    ]
    assert "hush" not in json.dumps(told[0])


def test_dashboards_find_their_names() -> None:
    """The documented names are distinct and written as OpenTelemetry has them."""
    assert len(NAMES) == len(set(NAMES))
    assert all(name == name.lower() and " " not in name for name in NAMES)
