"""`python -m tests.faults.steps.fused run`: a stack whose auth reaches its database over a fuse (see fuse.py).

Auth is started again the moment that it has been killed, so that hundreds of deaths do not take an hour.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from deploy.local.__main__ import main
from deploy.local.processes import MODULES
from tests.faults.steps.fuse import FOLDER, MIDDLE, UPSTREAM, VICTIM

THIS = "tests.faults.steps.fused"


def auth(arguments: list[str]) -> int:
    """In the place of auth: with the words of an operator it is auth once, without any it is auth for ever."""
    folder = Path(os.environ[FOLDER])
    url = urlsplit(os.environ["LOGI_POSTGRES_URL"])
    if arguments:
        return subprocess.call([sys.executable, "-m", "services.auth", *arguments])
    (folder / UPSTREAM).write_text(str(url.port))
    over = url.netloc.replace(f":{url.port}", f":{(folder / MIDDLE).read_text()}")
    environment = {**os.environ, "LOGI_POSTGRES_URL": urlunsplit(url._replace(netloc=over))}
    ended = -signal.SIGKILL
    while ended == -signal.SIGKILL:
        with subprocess.Popen([sys.executable, "-m", "services.auth"], env=environment) as child:
            (folder / VICTIM).write_text(str(child.pid))
            signal.signal(signal.SIGTERM, lambda number, _, child=child: child.send_signal(number))
            ended = child.wait()
    return ended


if __name__ == "__main__":
    # The supervisor calls this with a command, and starts auth by this name with none or with another one.
    if sys.argv[1:2] in (["run"], ["up"], ["down"], ["reset"]):
        sys.exit(main({**MODULES, "auth": THIS}, THIS))
    sys.exit(auth(sys.argv[1:]))
