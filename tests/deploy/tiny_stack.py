"""The local stack with its real servers and desk, and tiny processes for the platform."""

import sys

from deploy.local.__main__ import main
from deploy.local.processes import MODULES

if __name__ == "__main__":
    sys.exit(main(dict.fromkeys(MODULES, "tests.deploy.tiny_service"), "tests.deploy.tiny_stack"))
