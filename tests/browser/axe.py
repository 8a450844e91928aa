"""axe-core in the page: what a machine can find of what keeps people out. From npm, where there is one."""

import functools
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tests.browser.driver import Driver

PACKAGE = "axe-core@4.14.1"

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@functools.cache
def source() -> str | None:
    """The script; None where npm is missing or has no way to it."""
    if shutil.which("npm") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "install", "--silent", "--no-save", "--ignore-scripts", "--prefix", folder, PACKAGE]
        if subprocess.run(command, capture_output=True, check=False, timeout=120).returncode != 0:
            return None
        return (Path(folder) / "node_modules" / "axe-core" / "axe.min.js").read_text()


def findings(driver: Driver, script: str) -> list[str]:
    """Each broken rule with the first element that breaks it."""
    driver.run(f"{script}; window.axe = axe")
    found: list[dict[str, Any]] = driver.run_async(
        "const done = arguments[arguments.length - 1];"
        "axe.run(document, {runOnly: arguments[0]}).then(found => done(found.violations));",
        TAGS,
    )
    return [f"{one['id']}: {one['help']}: {one['nodes'][0]['html'][:150]}" for one in found]
