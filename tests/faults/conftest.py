"""One stack, its people and its receiver for all faults; the table of what came of them is printed at the end."""

import json
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.faults.ledger import Ledger
from tests.faults.load import Load
from tests.faults.people import person
from tests.faults.platform import ON_ANY_MACHINE, READY_WITHIN, Platform
from tests.faults.reckoning import Line, Reckoning
from tests.faults.strikes import FAULTS, RESTORED
from tests.system.journey.mail import Mailbox
from tests.system.journey.world import World
from tests.system.stack import Stack, running

PEOPLE = 4
GENEROUS = 1000
"""Times the usual limits: the load comes from one address and is not what is tried here."""

LIMITS = Path(__file__).parents[2] / "gateway" / "limits.json"
LINES = pytest.StashKey[list[Line]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rounds", type=int, default=3, help="faults: how often each, at random moments (3)")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LINES] = []


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    short = metafunc.config.getoption("--short", False)
    rounds = range(1 if short else metafunc.config.getoption("--rounds", 1))
    if "fault" in metafunc.fixturenames:
        chosen = [fault for fault in FAULTS if fault.short or not short]
        drawn = chosen if short else [each for _ in rounds for each in random.sample(chosen, len(chosen))]
        metafunc.parametrize("fault", drawn, ids=lambda fault: fault.name)
    if "restored" in metafunc.fixturenames:
        metafunc.parametrize("restored", ["auth"] if short else [name for _ in rounds for name in RESTORED])


@pytest.fixture(scope="session")
def short(pytestconfig: pytest.Config) -> bool:
    return bool(pytestconfig.getoption("--short"))


@pytest.fixture(scope="session")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    one = World(Path(tmp_path_factory.mktemp("world")))
    await one.start("notes.acme.example")
    yield one
    await one.stop()


@pytest.fixture(scope="session")
def stack(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    limits = json.loads(LIMITS.read_text())
    for policy in (policy for policies in limits.values() for policy in policies):
        policy["quota"] *= GENEROUS
    file = tmp_path_factory.mktemp("limits") / "limits.json"
    file.write_text(json.dumps(limits))
    with running({**world.settings, "LOGI_LIMITS_FILE": str(file)}) as one:
        yield one


@pytest.fixture(scope="session")
async def platform(stack: Stack, short: bool) -> AsyncIterator[Platform]:
    one = Platform(stack, ON_ANY_MACHINE if short else READY_WITHIN)
    yield one
    await one.close()


@pytest.fixture(scope="session")
async def load(stack: Stack, world: World) -> AsyncIterator[Load]:
    async with AsyncExitStack() as people:
        mailbox = Mailbox(stack.home / "mail")
        entering = (people.enter_async_context(person(mailbox, world, stack.issuer)) for _ in range(PEOPLE))
        yield Load([await each for each in entering], Ledger())


@pytest.fixture(scope="session")
def reckoning(platform: Platform, world: World, load: Load) -> Reckoning:
    return Reckoning(platform, world, load)


@pytest.fixture
def lines(pytestconfig: pytest.Config) -> list[Line]:
    return pytestconfig.stash[LINES]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    lines = config.stash[LINES]
    if not lines:
        return
    write = terminalreporter.write_line
    write("\n| fault | acknowledged | unanswered | delivered | polled | duplicated | lost | s to ready | s to settle |")
    write("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for line in sorted(lines, key=lambda line: line.fault):
        write(
            f"| {line.fault} | {line.acknowledged} | {line.unanswered} | {line.delivered} | {line.polled}"
            f" | {line.duplicated} | {line.lost} | {line.seconds:.1f} | {line.settling:.1f} |"
        )
