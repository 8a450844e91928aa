"""One scene for all faults of delivery; the table of what came of them is printed at the end."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bench.ground import ground
from tests.faults.delivery.receivers import receiving
from tests.faults.delivery.scene import Line, Scene

LINES = pytest.StashKey[list[Line]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash.setdefault(LINES, [])


@pytest.fixture
def told(pytestconfig: pytest.Config) -> list[Line]:
    return pytestconfig.stash.setdefault(LINES, [])


@pytest.fixture(scope="session")
async def scene() -> AsyncIterator[Scene]:
    async with receiving() as receivers:
        with ground() as base:
            one = Scene(base, receivers)
            await one.prepare()
            yield one
            await asyncio.sleep(0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    lines = config.stash.get(LINES, [])
    if not lines:
        return
    write = terminalreporter.write_line
    write("\n| fault | sent | acknowledged | delivered | polled | duplicated | lost | s to settle |")
    write("|---|---:|---:|---:|---:|---:|---:|---:|")
    for line in lines:
        write(line.row())
