"""Processes under test: started as an operator would, watched from outside."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec

from deploy.local.process import free_port

ROOT = Path(__file__).parents[2]
PATIENCE = 20.0  # seconds that anything may take on a busy machine


class Living:
    """A running `tests.chassis.living`, with its private port."""

    def __init__(self, folder: Path, *habits: str, **settings: str) -> None:
        self.port = free_port()
        self._out, self._err = folder / "out", folder / "err"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.chassis.living"],
                cwd=ROOT,
                env=environment(LOGI_HEALTH_PORT=str(self.port), LOGI_HABITS=",".join(habits), **settings),
                stdout=out,
                stderr=err,
            )

    def lines(self) -> list[dict[str, Any]]:
        """Its log so far."""
        return [msgspec.json.decode(line) for line in self._out.read_bytes().splitlines()]

    def said(self) -> list[str]:
        """What it wrote to standard error."""
        return self._err.read_text().splitlines()

    def get(self, path: str) -> httpx.Response | None:
        """The answer of its private port, None while nobody listens."""
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=5)
        except httpx.TransportError:
            return None

    def missing(self) -> dict[str, str] | None:
        """What stands between it and being ready."""
        answer = self.get("/readyz")
        return None if answer is None else answer.json()["missing"]

    def until(self, wanted: dict[str, str]) -> None:
        """Waits until exactly this is missing."""
        deadline = time.monotonic() + PATIENCE
        while (found := self.missing()) != wanted:
            assert time.monotonic() < deadline, f"{found}; {self.said()}"
            time.sleep(0.02)

    def until_said(self, words: str) -> None:
        """Waits until it has said this."""
        deadline = time.monotonic() + PATIENCE
        while words not in self.said():
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.02)


@contextmanager
def living(folder: Path, *habits: str, **settings: str) -> Iterator[Living]:
    """One process, gone at the end whatever happened."""
    one = Living(folder, *habits, **settings)
    try:
        yield one
    finally:
        one.process.kill()
        one.process.wait()


def environment(**settings: str) -> Mapping[str, str]:
    """All that a process under test may know."""
    base = {"LOGI_ISSUER": "http://localhost:8000", "LOGI_NATS_URL": "nats://127.0.0.1:1", "LOGI_HEALTH_PORT": "1"}
    return {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **base, **settings}
