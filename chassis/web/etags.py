"""Whoever has a document already is told so instead of being sent it again (RFC 9110 section 13.1.2)."""

from typing import Any

from litestar import Request


def known(request: Request[Any, Any, Any], etag: str) -> bool:
    """Whether the caller named this tag in If-None-Match, strong or weak, alone or among others, or `*`."""
    named = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    return bool({etag, "*"} & named)
