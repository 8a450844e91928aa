"""GET /docs/oauth/errors: each code of the platform, its causes, and what to do (auth.md section 0, error anchors)."""

from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
from litestar import Request, Response

from chassis import web
from chassis.web import Given
from chassis.web.languages import choose
from chassis.web.pages import Pages

PATH: Final = "/docs/oauth/errors"

_FILE: Final = Path(__file__).with_name("codes.json")


class ErrorCode(msgspec.Struct, frozen=True, kw_only=True):
    """As deploy/generate.py has read it from the classes of all services."""

    code: str
    statuses: list[int]
    causes: list[str]

    @property
    def kind(self) -> int:
        """The status that says most about what to do."""
        return max(self.statuses)


@cache
def codes() -> list[ErrorCode]:
    return msgspec.json.decode(_FILE.read_bytes(), type=list[ErrorCode])


@web.get(PATH, credentials=("none",), rate="page", face="page", include_in_schema=False)
async def errors_page(request: Request[Any, Any, Any], pages: Given[Pages]) -> Response[bytes]:
    """A list with an anchor for each code, in the visitor's language; the causes as the API says them."""
    language = choose(request)
    cures = {one.code: pages.words.of(language)(_cure(pages, one)) for one in codes()}
    return pages.render(request, "errors.html", codes=codes(), cures=cures)


def _cure(pages: Pages, one: ErrorCode) -> str:
    """A cure of its own, or that of all refusals of its kind."""
    own = f"error.{one.code}"
    if pages.words.has("en", own):
        return own
    kind = f"error.kind.{one.kind}"
    return kind if pages.words.has("en", kind) else "error.kind.400"


ROUTES: Final = [errors_page]
