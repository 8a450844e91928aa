"""oidc-provider for Node, installed from its lock file and run beside us."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.process import free_port

SCRIPTS = Path(__file__).parent / "peer"
CLIENT, AUDIENCE = "bench-client", "https://api.example"


@contextmanager
def peer() -> Iterator[int]:
    """Its port. Ends the benchmark where node is missing: without a peer there is no ratio."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        sys.exit("the peer needs node and npm")
    with tempfile.TemporaryDirectory(prefix="logi-peer-") as folder:
        shutil.copytree(SCRIPTS, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules"))
        install = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        subprocess.run(install, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        port = free_port()
        node = ["node", "peer.mjs", str(port), CLIENT, CLIENT]
        with subprocess.Popen(node, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
            assert running.stdout is not None
            while b"listening" not in (line := running.stdout.readline()):
                assert line, "the peer ended"
            try:
                yield port
            finally:
                running.terminate()
