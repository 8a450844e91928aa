"""A refusal as a page: says what happened in the visitor's language, or leads to the sign-in page where that helps."""

from typing import Any, Final
from urllib.parse import quote

from litestar import Request, Response

from chassis.problems import Problem
from chassis.web.caller import request_id
from chassis.web.languages import choose
from chassis.web.pages import Pages, see_other

STEP_UP: Final = "step_up_required"
"""The code of a refusal that a fresh sign-in cures, even for who is signed in."""


class ProblemPage:
    """The `page` of `Refusals`. `sign_in` is the path of the page that takes `return_to`."""

    def __init__(self, pages: Pages, sign_in: str, home: str) -> None:
        self._pages, self._sign_in, self._home = pages, sign_in, home

    def __call__(self, request: Request[Any, Any, Any], problem: Problem) -> Response[Any]:
        if problem.status == 401 or problem.code == STEP_UP:
            return see_other(self._door(request, again=problem.code == STEP_UP))
        language = choose(request)
        words = self._pages.words
        t = words.of(language)
        title = f"problem.{problem.status}" if words.has(language, f"problem.{problem.status}") else "problem.400"
        key = f"problem.{problem.code}" if words.has(language, f"problem.{problem.code}") else "problem.any"
        response = self._pages.render(
            request,
            "problem.html",
            status=problem.status,
            title=t(title),
            words=t(key, seconds=problem.headers.get("retry-after", "60")),
            code=problem.code,
            detail=problem.detail,
            back=self._back(request),
            request_id=request_id(request),
        )
        response.headers.update(problem.headers)
        return response

    def _door(self, request: Request[Any, Any, Any], *, again: bool) -> str:
        query = request.scope["query_string"].decode("latin-1")
        wished = f"{request.scope['path']}?{query}" if query else str(request.scope["path"])
        if request.method not in ("GET", "HEAD"):
            wished = self._back(request)
        return f"{self._sign_in}?return_to={quote(wished, safe='')}{'&again=1' if again else ''}"

    def _back(self, request: Request[Any, Any, Any]) -> str:
        """The page that a form stood on, if it is one of ours; browsers tell same-origin pages the whole address."""
        referer = request.headers.get("referer", "")
        inside = referer.removeprefix(self._pages.issuer)
        return inside if inside != referer and inside.startswith("/") and not inside.startswith("//") else self._home
