"""What a process of the local stack is given to listen on."""

import socket
import subprocess
import sys

import pytest

from deploy.local import process

ANOTHER = """
import sys
from deploy.local import process
process.PORTS = range(int(sys.argv[1]), int(sys.argv[1]) + 2)
print(process.free_port(), flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="NOT PROVEN HERE: only Linux has names that a process takes along")
def test_a_port_is_promised_to_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two ports that nobody listens on yet, two who ask at once get one each; whose process ends gives it back."""
    first = next(port for port in process.PORTS if _free(port) and _free(port + 1))
    other = subprocess.Popen(
        [sys.executable, "-c", ANOTHER, str(first)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    theirs = int(other.stdout.readline())
    monkeypatch.setattr(process, "PORTS", range(first, first + 2))
    assert {first, first + 1} == {theirs, process.free_port()}
    other.communicate("", timeout=30)
    assert theirs == process.free_port()


def _free(port: int) -> bool:
    """Neither listened on nor promised, by this process or by another test's."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as name:
        try:
            name.bind(f"\0logi-port-{port}")
        except OSError:
            return False
    return process.port_is_free(port)
