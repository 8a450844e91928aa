"""GET /assets/{name}: the documents of the look, by names that change with their content."""

from typing import Any

from litestar import Request, Response
from litestar.params import FromPath

from chassis import web
from chassis.problems import NotFound
from chassis.web import Given, etags
from chassis.web.pages import Pages

FOR_EVER = "public, max-age=31536000, immutable"
A_MINUTE = "public, max-age=60"
"""For an address without hash, or with the hash of another release: old pages must find their style in a roll-out."""


@web.get("/assets/{name:str}", credentials=("none",), rate="none", face="page", cached=True, include_in_schema=False)
async def asset(request: Request[Any, Any, Any], pages: Given[Pages], name: FromPath[str]) -> Response[bytes]:
    """A stylesheet, script or picture."""
    stem, _, rest = name.partition(".")
    digest, dot, suffix = rest.rpartition(".")
    found = pages.assets.get(f"{stem}.{suffix if dot else rest}")
    if found is None:
        raise NotFound
    etag = f'"{found.digest}"'
    headers = {
        "cache-control": FOR_EVER if digest == found.digest else A_MINUTE,
        "etag": etag,
        "x-content-type-options": "nosniff",
    }
    if etags.known(request, etag):
        return Response(b"", status_code=304, headers=headers, media_type=found.media_type)
    return Response(found.content, headers=headers, media_type=found.media_type)
