"""Programs that some tests need and no wheel brings, from Debian's packages where we may install them."""

import os
import shutil
import subprocess

WITHIN = 600
"""Seconds for each of apt-get's two steps."""


def installed(program: str, *packages: str) -> str | None:
    """Where `program` is, None where it is missing and could not be installed."""
    if shutil.which(program) is None and shutil.which("apt-get") is not None and os.geteuid() == 0:
        apt_get = ["apt-get", "-o", "DPkg::Lock::Timeout=300"]
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *packages]):
            subprocess.run([*apt_get, *command], capture_output=True, check=False, timeout=WITHIN)
    return shutil.which(program)
