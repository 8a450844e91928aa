"""A refusal as a page: says what happened in the visitor's language, or leads to the sign-in page where that helps."""

from typing import Any, Final
from urllib.parse import quote

from litestar import Request, Response

from chassis.problems import Problem
from chassis.web.caller import request_id
from chassis.web.languages import choose
from chassis.web.pages import Pages, see_other

STEP_UP: Final = "step_up_required"
"""The code of a refusal that is cured by showing once more who one is; `need` among its members says how."""


class ProblemPage:
    """The `page` of `Refusals`. `sign_in` and `confirm` are paths of pages that take `return_to`."""

    def __init__(self, pages: Pages, sign_in: str, home: str, confirm: str = "/session/confirm") -> None:
        self._pages, self._sign_in, self._home, self._confirm = pages, sign_in, home, confirm

    def __call__(self, request: Request[Any, Any, Any], problem: Problem) -> Response[Any]:
        if problem.code == STEP_UP:
            need = problem.members.get("need", "recent")
            return see_other(f"{self._door(request, self._confirm)}{'&need=otp' if need == 'otp' else ''}")
        if problem.status == 401:
            return see_other(self._door(request, self._sign_in))
        language = choose(request)
        words = self._pages.words
        t = words.of(language)
        title = f"problem.{problem.status}" if words.has(language, f"problem.{problem.status}") else "problem.400"
        named = f"problem.{problem.words or problem.code}"
        key = named if words.has(language, named) else "problem.any"
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

    def _door(self, request: Request[Any, Any, Any], page: str) -> str:
        query = request.scope["query_string"].decode("latin-1")
        wished = f"{request.scope['path']}?{query}" if query else str(request.scope["path"])
        if request.method not in ("GET", "HEAD"):
            wished = self._back(request)
        return f"{page}?return_to={quote(wished, safe='')}"

    def _back(self, request: Request[Any, Any, Any]) -> str:
        """The page that a form stood on, if it is one of ours; browsers tell same-origin pages the whole address."""
        referer = request.headers.get("referer", "")
        for origin in self._pages.origins:
            inside = referer.removeprefix(origin)
            if inside != referer and inside.startswith("/") and not inside.startswith("//"):
                return inside
        return self._home
