"""`/developer/help`: a question for whoever runs the platform, by the ways in which they hear of promotions."""

from typing import Any, Final

from litestar import Request, Response

from chassis import web
from chassis.problems import NotFound, Problem, ValidationFailed
from chassis.web import Given
from chassis.web.console import PAGE, form, texts
from chassis.web.pages import Pages, see_other
from services.registry.console.visitor import beside, visitor
from services.registry.ground import Ground
from services.registry.notices import tell

HERE: Final = "/developer/help"
SHORTEST, LONGEST = 20, 2000


@web.get(HERE, **PAGE)
async def help_page(request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]) -> Response[bytes]:
    """The form, and the address to write to where the operator has set one."""
    return await _page(request, ground, pages)


@web.post(HERE, **{**PAGE, "rate": "mail"})
async def help_form(request: Request[Any, Any, Any], ground: Given[Ground], pages: Given[Pages]) -> Response[bytes]:
    """Sends it on, with the account that it comes from."""
    words = texts(await form(request)).get("message", "")
    person = await visitor(request, ground)
    if not tell.reachable(ground.settings):
        raise NotFound
    if not SHORTEST <= len(words) <= LONGEST:
        refusal = ValidationFailed(fields={"message": [f"{SHORTEST} to {LONGEST} characters"]})
        return await _page(request, ground, pages, refusal, words)
    who = f"{person.email or 'Somebody'} (account {person.user_id})"
    async with ground.db.transaction() as tx:
        await tell.question(ground, tx, who, "".join(one for one in words if one.isprintable() or one == "\n"))
    return see_other(f"{HERE}?sent=1")


ROUTES = [help_page, help_form]


async def _page(
    request: Request[Any, Any, Any], ground: Ground, pages: Pages, refusal: Problem | None = None, words: str = ""
) -> Response[bytes]:
    return pages.render(
        request,
        "help.html",
        status=refusal.status if refusal else 200,
        visitor=await visitor(request, ground),
        here="help",
        sent="sent" in request.query_params,
        reachable=tell.reachable(ground.settings),
        address=ground.settings.support_email,
        words=words,
        errors=beside(request, pages, refusal, "message"),
    )
