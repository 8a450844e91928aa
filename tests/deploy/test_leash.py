"""Nothing outlives its leash, nobody stays root, and Postgres starts where its user cannot reach the wheel."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deploy.local.process import LEASH
from deploy.local.servers import binaries
from tests.deploy.leftovers import alive, family


def test_a_watched_command_ends_with_its_parent(tmp_path: Path) -> None:
    """Where the kernel has no leash (macOS), a watcher does the same."""
    watched = f"leash.watch(os.getppid(), {int(signal.SIGKILL)}, ['sleep', '61'])"
    program = f"import os, sys; sys.path.insert(0, {str(LEASH.parent)!r}); import leash; {watched}"
    story = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {program!r}])"
    parent = subprocess.Popen([sys.executable, "-c", story])
    deadline = time.monotonic() + 40
    while "sleep 61" not in (processes := family(parent.pid)).values():
        assert time.monotonic() < deadline, processes
        time.sleep(0.02)
    parent.kill()
    parent.wait()
    while alive(processes):
        assert time.monotonic() < deadline + 40, alive(processes)
        time.sleep(0.02)


def test_a_command_whose_parent_is_gone_does_not_begin() -> None:
    """The leash is on before the parent can have died unnoticed."""
    leash = [sys.executable, "-I", "-S", LEASH, "1", str(int(signal.SIGKILL)), "-", "/bin/echo", "begun"]
    done = subprocess.run(leash, capture_output=True, text=True, check=False)
    assert (1, "") == (done.returncode, done.stdout)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_root_is_given_up_for_good() -> None:
    """User, group and supplementary groups are the unprivileged ones, and root cannot be had back."""
    leash = [sys.executable, "-I", "-S", LEASH, str(os.getpid()), "9", "65534", "/bin/sh", "-c"]
    done = subprocess.run([*leash, "id -u; id -G"], capture_output=True, text=True, check=True)
    assert "65534\n65534\n" == done.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user runs its own programs")
def test_postgres_starts_where_its_user_cannot_reach_the_wheel(scratch_folder: Path, tmp_path: Path) -> None:
    """A checkout below root's home: the programs are copied to where the data are."""
    wheel = binaries.postgres_wheel()
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    libraries = wheel.parent.with_name(f"{wheel.parent.name}.libs")
    for source, target in ((wheel, closed / wheel.parent.name / wheel.name), (libraries, closed / libraries.name)):
        target.parent.mkdir(exist_ok=True)
        subprocess.run(["cp", "-a", source, target], check=True)
    (closed / wheel.parent.name / "__init__.py").touch()
    folder = scratch_folder / "unreachable"
    story = (
        "from pathlib import Path; from deploy.local.servers.postgres import Postgres;"
        f"server = Postgres(Path({str(folder)!r}), 'secret', durable=False); server.start(); print(server.command()[0])"
    )
    environ = {**os.environ, "PYTHONPATH": f"{closed}:{Path.cwd()}"}
    done = subprocess.run([sys.executable, "-c", story], env=environ, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(str(folder))


def test_a_missing_program_names_the_choices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no Redis is found, the error says what to install."""
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(sys, "prefix", "/nowhere")
    with pytest.raises(binaries.ProgramMissing, match="valkey-server on PATH"):
        binaries.redis_server()
