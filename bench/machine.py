"""What a figure must be read with: the machine, the commit, how busy it was, and what CPU each process took."""

import os
import platform
import subprocess
from collections.abc import Iterable
from pathlib import Path

from deploy.local.home import ROOT

_TICKS = os.sysconf("SC_CLK_TCK")


def described() -> str:
    """One line, the same for every benchmark."""
    commit = _git("rev-parse", "--short", "HEAD") or "no commit"
    changed = " with changes" if _git("status", "--porcelain", "--untracked-files=no") else ""
    load = os.getloadavg()[0]
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"{cores()} cores, {system}, load {load:.1f} before; commit {commit}{changed}"


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def cpu_seconds(pids: Iterable[int | None]) -> float:
    """User and system time that these processes and their living children have taken; 0 where /proc is not there."""
    wanted = {pid for pid in pids if pid is not None}
    total = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        fields = text.rpartition(")")[2].split()
        if int(stat.parent.name) in wanted or int(fields[1]) in wanted:
            total += (int(fields[11]) + int(fields[12])) / _TICKS
    return total


def memory_mib(pid: int | None) -> float:
    """What of a process is in memory; 0 where /proc is not there."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def verdict(what: str, measured: float, bound: float, unit: str, *, least: bool = False) -> str:
    """PASS or MISS, said and not enforced: a shared machine has bad minutes."""
    held = measured >= bound if least else measured <= bound
    side = "at least" if least else "at most"
    return f"{'PASS' if held else 'MISS'}  {what}: {_figure(measured)}{unit}, {side} {_figure(bound)}{unit} wanted"


def _figure(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()
