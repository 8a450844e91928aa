"""The local stack from outside: its commands, its files, its processes (the platform's are stand-ins here)."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.local.home import Home
from deploy.local.process import free_port
from tests.deploy.leftovers import alive, family

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home", free_port(followers=3))


@pytest.fixture
def logi(tmp_path: Path) -> Iterator[Command]:
    """`logi(home, "up")` runs a command of the stack; whatever still runs at the end is ended and forgotten."""
    used: set[Home] = set()

    def run(home: Home, command: str, **environ: str) -> subprocess.CompletedProcess[str]:
        used.add(home)
        places = {"LOGI_HOME": str(home.folder), "LOGI_PORT": str(home.port), "LOGI_TINY_FOLDER": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-m", "tests.deploy.tiny_stack", command],
            env={**os.environ, **places, **environ},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        print(done.stdout, done.stderr)  # shown when the test fails
        return done

    yield run
    for each in used:
        run(each, "reset")


def test_up_returns_when_all_is_ready_and_down_leaves_nothing(home: Home, logi: Command, tmp_path: Path) -> None:
    """What is printed names every part; the desk answers; afterwards no process is left."""
    up = logi(home, "up")
    assert 0 == up.returncode, up.stdout + up.stderr
    for name in ("postgres", "nats", "redis", "desk", "auth", "registry", "delivery", "verifier", "gateway"):
        assert f"  {name:<10} ready" in up.stdout
    with urllib.request.urlopen(f"{home.desk_url}/traces") as page:
        assert 200 == page.status
    processes = family(home.holder())
    assert 10 <= len(processes)
    assert 0 == logi(home, "down").returncode
    assert [] == alive(processes)


def test_first_start_writes_credentials_for_their_owner_alone(home: Home, logi: Command, tmp_path: Path) -> None:
    """credentials.json holds what the issue names, and the services are seeded with that very document, once."""
    assert 0 == logi(home, "up").returncode
    assert 0o600 == stat.S_IMODE(home.credentials.stat().st_mode)
    assert 0o600 == stat.S_IMODE((home.folder / "secrets.json").stat().st_mode)
    document = home.credentials.read_bytes()
    assert f"http://localhost:{home.port}" == json.loads(document)["issuer"]
    assert {"operator_pak", "management_client_secret", "cli_client_id"} < json.loads(document).keys()
    logi(home, "down")
    assert 0 == logi(home, "up").returncode
    assert document == home.credentials.read_bytes()
    assert document == (tmp_path / "seeded-auth").read_bytes() == (tmp_path / "seeded-registry").read_bytes()


def test_two_stacks_side_by_side(home: Home, logi: Command, tmp_path: Path) -> None:
    """Another port and another home are another stack; the first does not notice."""
    other = Home(tmp_path / "other", free_port(followers=3))
    assert [0, 0] == [logi(each, "up").returncode for each in (home, other)]
    assert home.holder() != other.holder()
    assert 0 == logi(other, "down").returncode
    assert 200 == urllib.request.urlopen(f"{home.desk_url}/up").status


def test_a_home_has_one_stack(home: Home, logi: Command) -> None:
    """A second `up` is content, a second `run` refuses."""
    logi(home, "up")
    assert (0, True) == ((again := logi(home, "up")).returncode, "already running" in again.stdout)
    assert (1, True) == ((run := logi(home, "run")).returncode, "already runs" in run.stderr)


def test_logs_show_every_process_and_follow(home: Home, logi: Command, tmp_path: Path) -> None:
    """Each line begins with its process; what is written later appears; an interrupt ends it well."""
    home.make()
    home.log("auth").write_text("an old line\n")
    environ = {**os.environ, "LOGI_HOME": str(home.folder), "LOGI_PORT": str(home.port)}
    command = [sys.executable, "-m", "deploy.local", "logs"]
    following = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True)
    assert following.stdout is not None
    assert "auth      an old line\n" == following.stdout.readline()
    home.log("gateway").write_text("a new process\n")
    assert "gateway   a new process\n" == following.stdout.readline()
    following.send_signal(signal.SIGINT)
    assert ("", None) == following.communicate(timeout=30)
    assert 0 == following.returncode


def test_up_says_which_part_failed_and_why(home: Home, logi: Command) -> None:
    """The exit status is not 0, the reason is on the screen, and nothing is left running."""
    up = logi(home, "up", LOGI_TINY_BROKEN="verifier")
    assert 1 == up.returncode
    assert "verifier ended with 1" in up.stdout
    assert "LOGI_THING is missing" in up.stdout
    assert None is home.holder()


def test_a_killed_process_starts_again(home: Home, logi: Command) -> None:
    """kill -9 of any part: it is back without help, and the others went on."""
    assert 0 == logi(home, "up").returncode
    before = family(home.holder())
    marks = {"gateway": "tiny_service", "nats": "nats-server", "redis": "redis-server", "postgres": "/postgres -D"}
    for name, mark in marks.items():
        os.kill(max(pid for pid, line in before.items() if mark in line), signal.SIGKILL)
        _says(home, f"  {name:<10} ended with -9", 1)
        _says(home, f"  {name:<10} ready", 2)
    assert 4 == len(before.keys() - family(home.holder()).keys() - _backends(before))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL, signal.SIGHUP])
def test_no_end_of_the_supervisor_leaves_a_process(home: Home, logi: Command, number: signal.Signals) -> None:
    """Ctrl-C, a closed terminal or kill -9: everything is gone, within ten seconds where the machine has time."""
    assert 0 == logi(home, "up").returncode
    processes = family(home.holder())
    os.kill(home.holder() or 0, number)
    deadline = time.monotonic() + 40
    while alive(processes):
        assert time.monotonic() < deadline, alive(processes)
        time.sleep(0.05)


def test_reset_forgets_what_the_stack_wrote_and_nothing_else(home: Home, logi: Command) -> None:
    """A file of somebody else in the same folder survives."""
    logi(home, "up")
    (home.folder / "mine.txt").write_text("keep")
    database = home.database_folder()
    assert 0 == logi(home, "reset").returncode
    assert ["mine.txt"] == [path.name for path in home.folder.iterdir()]
    assert not database.exists()


def _backends(processes: dict[int, str]) -> set[int]:
    """Those of a Postgres, which end with it."""
    return {pid for pid, line in processes.items() if line.startswith("postgres: ")}


def _says(home: Home, words: str, times: int) -> None:
    deadline = time.monotonic() + 90
    while (log := home.log("stack").read_text()).count(words) < times:
        assert time.monotonic() < deadline, log
        time.sleep(0.05)
