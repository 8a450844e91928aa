"""Writes every file that is derived from code: routes.json and openapi.json of each service, and the events' schemas.

With --check it writes nothing, names what is out of date, and exits 1.
"""

import importlib
import sys
from pathlib import Path
from typing import Any

import msgspec

from chassis import web
from contracts.events import schemas

ROOT = Path(__file__).parent.parent
SERVICES = ("auth", "registry", "delivery", "verifier")


def documents() -> dict[Path, bytes]:
    """Every generated file with the content that it should have."""
    found: dict[Path, bytes] = {}
    for service in SERVICES:
        module = importlib.import_module(f"services.{service}.app")
        app = module.described()
        folder = ROOT / "services" / service
        found[folder / "routes.json"] = _pretty(web.table(app, service))
        found[folder / "openapi.json"] = _pretty(web.openapi(app))
    for name in ("auth", "registry", "verifier"):
        importlib.import_module(f"contracts.events.{name}")
    found[ROOT / "docs" / "contracts" / "events.schema.json"] = _pretty(schemas.json_schema())
    found[ROOT / "docs" / "contracts" / "asyncapi.json"] = _pretty(schemas.asyncapi())
    return found


def _pretty(document: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(document, order="sorted"), indent=1) + b"\n"


def main() -> int:
    check = "--check" in sys.argv[1:]
    stale = [path for path, content in documents().items() if not path.exists() or path.read_bytes() != content]
    for path in stale:
        print(f"{'out of date' if check else 'written'}: {path.relative_to(ROOT)}")
        if not check:
            path.write_bytes(documents()[path])
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
