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

DOCS = Path(__file__).parents[2] / "docs"
VECTORS: dict[str, Any] = json.loads((DOCS / "contracts" / "vectors.json").read_text())


def cases() -> list[dict[str, Any]]:
    """Every vector as one call: body, headers, the time it is, and whether it is to be accepted."""
    found = [_case({"of": "current"}, accepted=True), _case({"of": "older"}, accepted=True)]
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


DRIVER = """
import {{ verify, Refused }} from "{module}";
const cases = JSON.parse(process.argv[2]);
const found = [];
for (const one of cases) {{
  try {{
    await verify(Buffer.from(one.body), one.headers, one.webhook_secret, async (kid) => one.keys[kid], one.now);
    found.push(true);
  }} catch (error) {{
    if (!(error instanceof Refused)) throw error;
    found.push(false);
  }}
}}
console.log(JSON.stringify(found));
"""


@pytest.mark.parametrize("template", ["express.ts", "nextjs-route.ts"])
@pytest.mark.skipif(shutil.which("node") is None, reason="node is not here")
def test_node(template: str, tmp_path: Path) -> None:
    """The templates for Express and Next.js, with their types taken off, take and refuse as the vectors say."""
    (tmp_path / "template.mjs").write_text(untyped((DOCS / "receivers" / template).read_text()))
    (tmp_path / "driver.mjs").write_text(DRIVER.format(module="./template.mjs"))
    done = subprocess.run(
        ["node", str(tmp_path / "driver.mjs"), json.dumps(cases())], capture_output=True, text=True, check=False
    )
    assert (0, "") == (done.returncode, done.stderr)
    assert [case["accepted"] for case in cases()] == json.loads(done.stdout)


RUBY = """
require ARGV[0]
require "json"
puts JSON.generate(JSON.parse(ARGV[1]).map { |one|
  begin
    LogiWebhook.verify(one["body"], signature: one["headers"]["x-logi-signature"],
      timestamp_header: one["headers"]["x-logi-timestamp"], webhook_secret: one["webhook_secret"],
      key_for: ->(kid) { one["keys"][kid] }, now: one["now"])
    true
  rescue LogiWebhook::Refused
    false
  end
})
"""


@pytest.mark.skipif(shutil.which("ruby") is None, reason="ruby is not here")
def test_ruby(tmp_path: Path) -> None:
    """The template for Rails takes and refuses as the vectors say."""
    (tmp_path / "driver.rb").write_text(RUBY)
    command = ["ruby", str(tmp_path / "driver.rb"), str(DOCS / "receivers" / "rails.rb"), json.dumps(cases())]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert [case["accepted"] for case in cases()] == json.loads(done.stdout)


def untyped(source: str) -> str:
    """The verifying part of a template as plain JavaScript: Node 20 runs no types, and these are few and known."""
    verifying = source[source.index("const WINDOW_SECONDS") :]
    end = min(at for mark in ("/**\n * Mount", "/** Yours") if (at := verifying.find(mark)) > 0)
    lines = [line for line in verifying[:end].splitlines() if not line.removeprefix("export ").startswith("type ")]
    text = "\n".join(lines)
    for typed, plain in (
        ("body: Buffer", "body"),
        ("headers: Headers", "headers"),
        ("webhookSecret: string", "webhookSecret"),
        ("keyFor: (kid: string) => Promise<string | undefined>", "keyFor"),
        ("now: number", "now"),
        ("): Promise<LogiEvent>", ")"),
        ("let timestamp: string, secret: string | undefined, mac: string", "let timestamp, secret, mac"),
        ("new Map<string, string>()", "new Map()"),
        ("export ", ""),
    ):
        text = text.replace(typed, plain)
    imports = 'import { createHmac, timingSafeEqual } from "node:crypto";\n'
    return f"{imports}{text}\nexport {{ verify, Refused }};\n"
