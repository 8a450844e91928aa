"""Pages of a list: by number up to a cap, by keyset at any depth, both told in the `Link` header (RFC 8288)."""

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Request

from chassis.problems import ValidationFailed

CAP: Final = 10_000
"""Rows that can be reached by page number; deeper reading uses the cursor."""


def skipped(page: int, per_page: int) -> int:
    """Rows before a numbered page. Raises ValidationFailed beyond the cap."""
    if page * per_page > CAP:
        raise ValidationFailed(fields={"page": [f"at most {CAP} rows by number; follow the Link header instead"]})
    return (page - 1) * per_page


def link(request: Request[Any, Any, Any], issuer: str, keys: Sequence[int], per_page: int) -> dict[str, str]:
    """The header that leads on, empty where this page was the last one; it keeps the request's own filters."""
    if len(keys) < per_page:
        return {}
    kept = {name: value for name, value in request.query_params.items() if name not in {"page", "cursor", "before"}}
    query = urlencode({**kept, "cursor": keys[-1]})
    return {"link": f'<{issuer}{request.url.path}?{query}>; rel="next"'}
