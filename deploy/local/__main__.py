"""`python -m deploy.local run|up|down|logs|reset`; LOGI_HOME and LOGI_PORT say which stack."""

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Mapping

from deploy.local import background, run
from deploy.local.home import Home, StackRuns
from deploy.local.processes import MODULES
from deploy.local.servers.binaries import ProgramMissing

COMMANDS: dict[str, Callable[[Home], int]] = {
    "down": background.down,
    "logs": background.logs,
    "reset": background.reset,
}


def main(modules: Mapping[str, str] = MODULES, module: str = "deploy.local") -> int:
    """The exit status of the command; `modules` are the platform's processes, `module` calls this in the background."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local", description=__doc__)
    parser.add_argument("command", choices=["run", "up", *COMMANDS])
    parser.add_argument("--tell", type=int, metavar="FD", help="with run: also say how the start goes to this pipe")
    arguments = parser.parse_args()
    try:
        home = Home.from_environment(os.environ)
        if arguments.command == "run":
            return run.stack(home, _say if arguments.tell is None else _Teller(arguments.tell), modules)
        if arguments.command == "up":
            return background.up(home, module)
        return COMMANDS[arguments.command](home)
    except (StackRuns, ProgramMissing, ValueError) as refused:
        print(refused, file=sys.stderr)
        return 1


def _say(line: str) -> None:
    print(line, flush=True)


class _Teller:
    """Says everything to the log, and the start also to the pipe, which it closes when all is ready."""

    def __init__(self, descriptor: int) -> None:
        self._pipe = os.fdopen(descriptor, "w")

    def __call__(self, line: str) -> None:
        _say(line)
        if not self._pipe.closed:
            with contextlib.suppress(BrokenPipeError):  # who waited for the start no longer does
                print(line, file=self._pipe, flush=True)
            if "\nready in " in line:
                self._pipe.close()


if __name__ == "__main__":
    sys.exit(main())
