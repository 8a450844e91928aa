"""Folders that do not outlive their process: what a killed test run left is removed by the next one."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "logi-test-"
GRACE = 60.0  # seconds that a folder may exist before its owner has locked it


@contextmanager
def folder() -> Iterator[Path]:
    """A new folder whose parents every user may pass (Postgres does not run as root), removed at the end."""
    base = Path("/var/tmp" if os.geteuid() == 0 else tempfile.gettempdir())  # noqa: S108  mkdtemp makes it ours
    sweep(base)
    made = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
    made.chmod(0o711)
    with (made / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)


def sweep(base: Path) -> None:
    """Remove the folders whose owner is gone: the kernel dropped its lock."""
    for left in base.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if left.stat().st_uid != os.geteuid() or time.time() - left.stat().st_mtime < GRACE:
                continue
            with (left / "lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
