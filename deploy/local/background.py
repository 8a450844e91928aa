"""The stack in the background: begun, ended, listened to and forgotten from another terminal."""

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import BinaryIO

from deploy.local.home import ROOT, Home

END_WITHIN = 15.0  # seconds; a stack ends within 10
LAST_LINES = 20


def up(home: Home, module: str) -> int:
    """Start the stack and return when all of it is ready; 1, with the reason on the screen, when it is not.

    `module` is what runs the stack. The supervisor says how it goes through a pipe, which closes should it die.
    """
    if home.holder() is not None:
        print(f"already running in {home.folder}")
        return 0
    home.make()
    reading, writing = os.pipe()
    with home.log("stack").open("ab") as log:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", module, "run", "--tell", str(writing)],
            cwd=ROOT,
            env={**os.environ, "LOGI_HOME": str(home.folder), "LOGI_PORT": str(home.port)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[writing],
            start_new_session=True,
        )
    os.close(writing)
    ready = False
    with os.fdopen(reading) as told:
        for line in told:
            print(line, end="", flush=True)
            ready = ready or line.startswith("ready")
    if ready:
        supervisor.returncode = 0  # it lives on without us
        return 0
    supervisor.wait()
    print(f"not ready; {home.log('stack')} has the whole story")
    return 1


def down(home: Home) -> int:
    """End the stack and return when nothing of it is left."""
    pid = home.holder()
    if pid is None:
        print(f"nothing runs in {home.folder}")
        return 0
    with contextlib.suppress(ProcessLookupError):  # ended meanwhile
        os.kill(pid, signal.SIGTERM)
        if not _gone(pid, END_WITHIN):
            os.kill(pid, signal.SIGKILL)  # the leash takes its children with it
            _gone(pid, END_WITHIN)
    print("stopped")
    return 0


def _gone(pid: int, seconds: float) -> bool:
    """Whether the process itself, and not only its hold on the home, is gone within so many seconds."""
    if sys.platform != "linux":
        return _collected(pid, seconds)
    try:
        watch = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watch], [], [], seconds)[0])
    finally:
        os.close(watch)


def _collected(pid: int, seconds: float) -> bool:
    """The same, asked again and again."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def reset(home: Home) -> int:
    """End the stack and forget its data, its secrets and its logs."""
    down(home)
    home.forget()
    print(f"forgot everything in {home.folder}")
    return 0


def logs(home: Home) -> int:
    """Show the end of every log, then follow them all until interrupted, each line with its process before it."""
    # A shell that starts it in the background may have had interrupts ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    followed: dict[Path, BinaryIO] = {}
    first = True
    try:
        while True:
            for path in sorted(home.logs.glob("*.log")):
                if path not in followed:
                    followed[path] = path.open("rb")
                    if first:
                        _seek_last_lines(followed[path])
                _print_new(path.stem, followed[path])
            first = False
            time.sleep(0.2)
    except KeyboardInterrupt:
        return 0
    finally:
        for file in followed.values():
            file.close()


def _print_new(name: str, file: BinaryIO) -> None:
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    while line := file.readline():
        if not line.endswith(b"\n"):
            file.seek(-len(line), os.SEEK_CUR)  # the rest is still to come
            return
        print(f"{name:<9} {line.decode(errors='replace').rstrip()}"[:width], flush=True)


def _seek_last_lines(file: BinaryIO) -> None:
    lines = file.read().splitlines(keepends=True)[-LAST_LINES:]
    file.seek(-sum(map(len, lines)), os.SEEK_END)
