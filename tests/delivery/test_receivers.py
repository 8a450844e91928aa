"""The published receiver templates, run on the published vectors in the languages that are here."""

import importlib.util
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from chassis.settings import Secret
from services.delivery.signing import sign
from tests.infra import debian

DOCS = Path(__file__).parents[2] / "docs"
SCRIPTS, RUBY = Path(__file__).parent / "javascript", Path(__file__).parent / "ruby" / "run.rb"
INSTALLATION = 2 * debian.WITHIN
VECTORS: dict[str, Any] = json.loads((DOCS / "contracts" / "vectors.json").read_text())


def cases() -> list[dict[str, Any]]:
    """Every vector as one call: body, headers, the time it is, and whether it is to be accepted."""
    found = [_case({"of": "current"}, accepted=True), _case({"of": "older"}, accepted=True), _older_with_id()]
    found += [_case(each, accepted=True) for each in VECTORS["accepted"]]
    return found + [_case(each, accepted=False) for each in VECTORS["refused"]]


def _case(given: dict[str, Any], *, accepted: bool) -> dict[str, Any]:
    base = VECTORS[given["of"]]
    headers = {name.lower(): value for name, value in base["headers"].items()}
    if "X-Logi-Signature" in given:
        headers["x-logi-signature"] = given["X-Logi-Signature"]
    return {
        "why": given.get("why", given["of"]),
        "body": given.get("body", base["body"]),
        "headers": headers,
        "now": given.get("now", base["timestamp"]),
        "accepted": accepted,
        "webhook_secret": VECTORS["older"]["secret"],
        "keys": {VECTORS["current"]["kid"]: VECTORS["current"]["secret"]},
    }


def _older_with_id() -> dict[str, Any]:
    """The older form as it is sent: with an id, which the vector of the contract does without."""
    body = json.dumps({"event_id": "evt_01HE3QZ8M4T7V9X2K5N6P0R1SC", "event_type": "token.revoked"})
    mac = sign.mac(Secret(VECTORS["older"]["secret"]), body.encode())
    given = {"of": "older", "why": "older with an id", "body": body, "X-Logi-Signature": sign.legacy(mac)}
    return _case(given, accepted=True)


def test_the_published_vectors_are_ours() -> None:
    """The platform signs the vectors' bodies as they are published."""
    current, older = VECTORS["current"], VECTORS["older"]
    secret, body = Secret(current["secret"]), current["body"].encode()
    signed = sign.outbox(sign.mac(secret, body), current["kid"], current["timestamp"])
    assert current["headers"]["X-Logi-Signature"] == signed
    standard = sign.standard(secret, current["headers"]["webhook-id"], current["timestamp"], body)
    assert current["headers"]["webhook-signature"] == standard
    older_mac = sign.mac(Secret(older["secret"]), older["body"].encode())
    assert older["headers"]["X-Logi-Signature"] == sign.legacy(older_mac)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["why"])
def test_python(case: dict[str, Any]) -> None:
    """The Python template takes and refuses as the vectors say."""
    spec = importlib.util.spec_from_file_location("receiver_template", DOCS / "receivers" / "fastapi.py")
    assert spec is not None
    assert spec.loader is not None
    template = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(template)
    arguments = (case["body"].encode(), case["headers"], case["webhook_secret"], case["keys"].get, case["now"])
    if case["accepted"]:
        assert json.loads(case["body"]) == template.verify(*arguments)
    else:
        with pytest.raises(template.Refused):
            template.verify(*arguments)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The script that runs templates, with the packages of its lock file beside it."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("NOT PROVEN HERE: node and npm are missing, so neither Express nor Next.js was tried")
    folder = tmp_path_factory.mktemp("javascript") / "receivers"
    shutil.copytree(SCRIPTS, folder, ignore=shutil.ignore_patterns("node_modules"))
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    subprocess.run(command, cwd=folder, check=True, timeout=90)
    return folder


@pytest.mark.parametrize(("kind", "template"), [("express", "express.ts"), ("nextjs", "nextjs-route.ts")])
def test_node(kind: str, template: str, installed: Path) -> None:
    """Compiled and mounted, the handler takes and refuses as the vectors say, and applies what comes twice once."""
    command = ["node", "run.mjs", kind, str(DOCS / "receivers" / template)]
    given = json.dumps(cases())
    done = subprocess.run(command, cwd=installed, input=given, capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stderr)
    assert [outcome(case) for case in cases()] == json.loads(done.stdout)


def outcome(case: dict[str, Any]) -> dict[str, Any]:
    """Of a request that is sent twice."""
    if case["accepted"]:
        return {"status": [204, 204], "applied": 1}
    return {"status": [401, 401], "applied": 0}


@pytest.fixture(scope="module")
def ruby() -> str:
    """Ruby and what the template needs of Rails, from Debian's packages where they are missing."""
    found = debian.installed("ruby", "ruby", "ruby-actionpack", "ruby-activerecord", "ruby-sqlite3")
    if found is None:
        pytest.skip("NOT PROVEN HERE: ruby is missing, so the template for Rails was not tried")
    return found


@pytest.fixture(scope="module")
def rails(ruby: str) -> None:
    wanted = [ruby, "-e", "require 'logger'; require 'action_controller'; require 'active_record'; require 'sqlite3'"]
    if subprocess.run(wanted, capture_output=True, check=False).returncode != 0:
        pytest.skip("NOT PROVEN HERE: Rails is missing, so of its template only the verification was tried")


@pytest.mark.timeout(INSTALLATION)
@pytest.mark.usefixtures("ruby")
def test_ruby() -> None:
    """The verifying part needs nothing but Ruby, and takes and refuses as the vectors say."""
    assert [case["accepted"] for case in cases()] == _ruby(cases(), "--verify")


@pytest.mark.timeout(INSTALLATION)
@pytest.mark.usefixtures("rails")
def test_rails() -> None:
    """The controller takes and refuses as the vectors say, and applies what comes twice once."""
    given = [case for case in cases() if "event_id" in case["body"]]
    assert [outcome(case) for case in given] == _ruby(given)


def _ruby(given: list[dict[str, Any]], *mode: str) -> Any:
    command = ["ruby", str(RUBY), str(DOCS / "receivers" / "rails.rb"), *mode]
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
    return json.loads(done.stdout)
