"""With production's rules, on real addresses: a network namespace holds public and private ones side by side."""

import json
import os
import shutil
import subprocess
import sys
from typing import Any

import pytest

from tests.verifier.in_namespace import INSIDE, PUBLIC, PUBLIC_6


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """What the probes found in the namespace."""
    unshare, ip = shutil.which("unshare"), shutil.which("ip")
    if unshare is None or ip is None:
        pytest.skip(
            "NO NETWORK NAMESPACE: unshare and ip (util-linux, iproute2) are needed; production's policy is untried"
        )
    alone = [unshare, "--net"] if os.geteuid() == 0 else [unshare, "--map-root-user", "--net"]
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("NO NETWORK NAMESPACE: this machine does not let us make one; production's policy is untried")
    command = [*alone, sys.executable, "-m", "tests.verifier.in_namespace"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert 0 == done.returncode, done.stderr[-3000:]
    answers: dict[str, Any] = json.loads(done.stdout[done.stdout.rindex('{"public"') :])
    return answers


def test_the_public_internet_is_reached(found: dict[str, Any]) -> None:
    """A public address is called on port 443, IPv6 before IPv4."""
    assert ("well_known", [PUBLIC]) == (found["public"]["proof"], found["public"]["proof_reached"])
    assert ("bad_response", [PUBLIC]) == (found["public"]["health"], found["public"]["health_reached"])
    assert [PUBLIC_6] == found["public both"]["proof_reached"] == found["public both"]["health_reached"]


@pytest.mark.parametrize("case", ["loopback", "mixed", "mapped", *INSIDE])
def test_nothing_inside_is_reached(found: dict[str, Any], case: str) -> None:
    """Whatever a name resolves to that is not public, no connection is made by either probe, to anybody."""
    assert {
        "proof": "blocked_address",
        "proof_reached": [],
        "health": "blocked_address",
        "health_reached": [],
    } == found[case]


def test_what_was_judged_is_what_is_dialled(found: dict[str, Any]) -> None:
    """A name that turns private between judging and dialling is called where it was judged."""
    assert ("well_known", [PUBLIC], [PUBLIC]) == (
        found["rebinding"]["proof"],
        found["rebinding"]["proof_reached"],
        found["rebinding"]["health_reached"],
    )


def test_a_redirect_inside_is_not_followed(found: dict[str, Any]) -> None:
    """The public server is told apart from where it points to."""
    assert ("wellknown_redirect", "redirect_not_followed") == (found["redirect"]["proof"], found["redirect"]["health"])
    assert [PUBLIC] == found["redirect"]["proof_reached"] == found["redirect"]["health_reached"]
