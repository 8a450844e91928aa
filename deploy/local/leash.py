"""Runs one command that ends when the process that asked for it ends, even by kill -9.

Started as a script: `python -I -S leash.py <parent pid> <signal> <uid or -> <command…>`. A program of its own, because
code between fork and exec is unsafe in a process with threads, and because a change of user clears the death signal.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1
WATCH_EVERY = 0.2  # seconds, where the kernel cannot tell


def main(arguments: Sequence[str]) -> int:
    """Become the command, on the leash; or watch it where the kernel has no such leash."""
    parent, farewell, user, *command = arguments
    if user != "-":
        become(int(user))
    if sys.platform != "linux":
        return watch(int(parent), int(farewell), command)
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(farewell)) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != int(parent):
        sys.exit("the parent died before the leash was on")
    return os.execv(command[0], command)  # noqa: S606  no shell is wanted


def become(uid: int) -> None:
    """Give up root for good: no supplementary groups, then group, then user."""
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)


def watch(parent: int, farewell: int, command: Sequence[str]) -> int:
    """Run the command as a child, pass signals on, and say farewell when the parent is gone."""
    child = subprocess.Popen(command)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, lambda received, _: child.send_signal(received))
    while child.poll() is None:
        if os.getppid() != parent:
            child.send_signal(farewell)
        time.sleep(WATCH_EVERY)
    return child.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
