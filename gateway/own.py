"""The gateway's own routes: liveness, the merged OpenAPI document, and its interactive viewer."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import swagger_ui_bundle

from chassis.wire.frames import Reply
from contracts.routes import Face, Route
from gateway import downgrade, openapi, table
from gateway.exchange import Exchange
from gateway.headers import Pairs
from gateway.table import Entry, Local

REFERENCE = "/reference/api"
DOCUMENT = "/api/v1/openapi.json"

_PAGE = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>API reference</title>
<link rel="stylesheet" href="{REFERENCE}/swagger-ui.css">
<link rel="icon" href="{REFERENCE}/favicon-32x32.png">
<div id="reference" data-document="{REFERENCE}/openapi.json"></div>
<noscript>The reference needs JavaScript; the <a href="{DOCUMENT}">OpenAPI document</a> does not.</noscript>
<script src="{REFERENCE}/swagger-ui-bundle.js"></script>
<script src="{REFERENCE}/start.js"></script>
</html>
"""

_START = """const place = document.getElementById("reference");
SwaggerUIBundle({ url: place.dataset.document, domNode: place, deepLinking: true, tryItOutEnabled: false });
"""

# The viewer sets style attributes and shows icons as data: URLs; scripts and requests stay with this host.
_PAGE_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    b"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_ASSETS = {
    "swagger-ui-bundle.js": b"text/javascript; charset=utf-8",
    "swagger-ui.css": b"text/css; charset=utf-8",
    "favicon-32x32.png": b"image/png",
}


def entries(documents: Mapping[str, Mapping[str, Any]], issuer: str) -> list[Entry]:
    """Everything that is answered here; raises openapi.DocumentsClash."""
    merged = openapi.merged(documents, issuer)
    document, viewed = msgspec.json.encode(merged), msgspec.json.encode(downgrade.to_3_0(merged))
    assets = Path(swagger_ui_bundle.swagger_ui_path)
    found = [
        _entry("/up", _fixed(b"text/plain; charset=utf-8", b"up\n", kept=False), "up", rate="none"),
        _entry(DOCUMENT, _fixed(b"application/json", document), "openapi"),
        _entry(f"{REFERENCE}/openapi.json", _fixed(b"application/json", viewed), "viewed"),
        _entry(REFERENCE, _fixed(b"text/html; charset=utf-8", _PAGE.encode(), policy=_PAGE_POLICY), "page", "page"),
        _entry(f"{REFERENCE}/start.js", _fixed(b"text/javascript; charset=utf-8", _START.encode()), "start"),
    ]
    for name, kind in _ASSETS.items():
        found.append(_entry(f"{REFERENCE}/{name}", _fixed(kind, (assets / name).read_bytes()), name))
    return found


def _entry(path: str, local: Local, operation: str, face: Face = "first", *, rate: str = "public") -> Entry:
    # `cached`: kept on the shelf of documents, which knows 304 and keeps the compressed form.
    route = Route(
        method="GET",
        path=path,
        face=face,
        credentials=("none",),
        rate=rate,
        body_limit=0,
        cached=rate != "none",
        host="any",
        operation_id=operation,
    )
    return table.entry(table.GATEWAY, route, local)


def _fixed(kind: bytes, body: bytes, *, kept: bool = True, policy: bytes | None = None) -> Local:
    headers: Pairs = [(b"content-type", kind)]
    headers.append((b"cache-control", b"public, max-age=300" if kept else b"no-store"))
    if kept:
        headers.append((b"etag", openapi.etag(body)))
    if policy is not None:
        headers.append((b"content-security-policy", policy))

    async def answer(_: Exchange) -> Reply:
        return Reply(200, headers, body)

    return answer
