"""What goes wrong on our side once the client is known is told to it: a status would end in the browser, and the app
would wait for ever (RFC 6749 section 4.1.2.1).
"""

from collections.abc import Awaitable
from typing import Any

import structlog
from litestar import Request, Response

from chassis.postgres import UNAVAILABLE, UNSTORABLE
from chassis.problems import InvalidRequest, Problem, TemporarilyUnavailable
from chassis.web.refusals import UnexpectedFailure
from services.auth.authorize.answer import Answerable, Back
from services.auth.authorize.refusals import BackToClient

logger = structlog.get_logger()


async def told(
    request: Request[Any, Any, Any], back: Back, to: Answerable, answered: Awaitable[Response[bytes]]
) -> Response[bytes]:
    """The answer, or the way back with why there is none. Raises refusals that are shown here."""
    try:
        return await answered
    except BackToClient as refusal:
        return back.refused(to, refusal)
    except Exception as failure:
        if isinstance(failure, Problem) and failure.status < 500:
            raise
        noted, why = _judged(failure)
    request.scope.setdefault("state", {})["problem"] = noted
    return back.refused(to, why)


def _judged(failure: Exception) -> tuple[Problem, BackToClient]:
    """What stands in the line of the request, and what the client is told: as it is judged elsewhere."""
    if isinstance(failure, UNSTORABLE):
        why = BackToClient("invalid_request", "A text of this request has characters that no text may have.")
        return InvalidRequest(why.description), why
    if isinstance(failure, (Problem, *UNAVAILABLE)):
        logger.warning("authorize.unavailable", error=f"{type(failure).__name__}: {failure}")
        noted: Problem = failure if isinstance(failure, Problem) else TemporarilyUnavailable()
        return noted, BackToClient("temporarily_unavailable", "This is not to be had right now; try again.")
    logger.error("request.failed", exc_info=failure)
    return UnexpectedFailure(), BackToClient("server_error", "It was our fault; the request was noted.")
