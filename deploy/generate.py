"""Writes every file that is derived from code: routes.json and openapi.json of each service, and the events' schemas,
and the list of error codes.

With --check it writes nothing, names what is out of date, and exits 1.
"""

import importlib
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from chassis import web
from contracts.events import catalogue, schemas, tag_of
from deploy import refusals

ROOT = Path(__file__).parent.parent
CONTRACTS = ROOT / "docs" / "contracts"


def services() -> list[str]:
    """The name of every service there is: a folder with an app in it."""
    return sorted(path.parent.name for path in (ROOT / "services").glob("*/app.py"))


def documents() -> dict[Path, bytes]:
    """Every generated file with the content that it should have."""
    return {path: _pretty(document) for path, document in _documents()}


def _documents() -> Iterator[tuple[Path, Any]]:
    for service in services():
        app = importlib.import_module(f"services.{service}.app").described()
        folder = ROOT / "services" / service
        yield folder / "routes.json", web.table(app, service)
        yield folder / "openapi.json", web.openapi(app)
    yield ROOT / "services" / "auth" / "errors" / "codes.json", refusals.codes(ROOT)
    found = schemas.json_schemas()
    # Importing the catalogue is what makes the events known; one that is missing there would be missing here.
    listed = {tag_of(kind) for kind in catalogue.EVENTS}
    if listed != set(found):
        raise LookupError(f"not in the catalogue of events: {', '.join(sorted(set(found) ^ listed))}")
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    yield CONTRACTS / "events.schema.json", found
    yield CONTRACTS / "asyncapi.json", schemas.asyncapi("logi", version)


def _pretty(document: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(document, order="sorted"), indent=1) + b"\n"


def main() -> int:
    """Writes or checks; returns the exit status."""
    check = "--check" in sys.argv[1:]
    stale = {
        path: content for path, content in documents().items() if not path.exists() or path.read_bytes() != content
    }
    for path, content in stale.items():
        print(f"{'out of date' if check else 'written'}: {path.relative_to(ROOT)}")
        if not check:
            path.write_bytes(content)
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
