"""An operator's words to a service."""

import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from tests.chassis.processes import ROOT, environment


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The migrations of a service called `shop`."""
    made = tmp_path / "shop" / "migrations"
    made.mkdir(parents=True)
    (made / "0001_cups.sql").write_text("create table cups (id int primary key)")
    return made


def called(folder: Path, url: str, *words: str) -> subprocess.CompletedProcess[str]:
    """What became of `python -m services.shop …`."""
    return subprocess.run(
        [sys.executable, "-m", "tests.chassis.commanding", str(folder), *words],
        cwd=ROOT,
        env=environment(LOGI_POSTGRES_URL=url),
        capture_output=True,
        text=True,
        check=False,
    )


async def test_a_word_nobody_knows(folder: Path) -> None:
    """Exit status 2, and the words that are known; neither settings nor a database are needed to be told."""
    done = called(folder, "", "dance")
    assert (2, "shop knows these commands: count, epoch, migrate\n") == (done.returncode, done.stderr)


async def test_bad_settings(folder: Path) -> None:
    """A command needs the settings that the service needs, and names what is wrong with them."""
    done = called(folder, "", "migrate")
    assert (2, "shop cannot start: LOGI_POSTGRES_URL is missing\n") == (done.returncode, done.stderr)


async def test_migrate(folder: Path, new_database: Callable[[str], Awaitable[str]]) -> None:
    """The event log's migrations come first, then the service's own; once more changes nothing."""
    url = await new_database("command")
    assert [0, 0] == [called(folder, url, "migrate").returncode for _ in range(2)]
    connection = await asyncpg.connect(url)
    applied = await connection.fetch("select name from schema_migrations order by applied_at")
    await connection.close()
    assert ["events/0001_events.sql", "shop/0001_cups.sql"] == [applied[0]["name"], applied[-1]["name"]]


async def test_a_command_finds_the_schema_at_this_release(
    folder: Path, new_database: Callable[[str], Awaitable[str]]
) -> None:
    """It runs on a migrated database with the words behind its own; its answer alone goes to standard output."""
    done = called(folder, await new_database("command"), "count", "all", "cups")
    assert (0, "all cups 0\n") == (done.returncode, done.stdout)


async def test_epoch(folder: Path, new_database: Callable[[str], Awaitable[str]]) -> None:
    """After a restore the operator begins a new epoch, and each one is later than the last."""
    url = await new_database("command")
    first, second = (called(folder, url, "epoch").stdout for _ in range(2))
    assert int(first.removeprefix("epoch ")) < int(second.removeprefix("epoch "))
