"""`/developer/applications/{id}/settings` and `…/scopes`: what can be edited, but for redirect URIs and the secret."""

from typing import Any, Final

from litestar import Request, Response
from litestar.datastructures import FormMultiDict

from chassis import web
from chassis.problems import Problem
from chassis.web import Given
from chassis.web.console import PAGE, form, texts
from chassis.web.pages import Pages, see_other
from services.registry import callers
from services.registry.applications import edit, show
from services.registry.applications import representation as views
from services.registry.applications.change import EDITORS, Who, permit
from services.registry.applications.patch import CONFIDENTIAL_METHODS, ApplicationPatch
from services.registry.applications.store import Stored
from services.registry.console import drafts
from services.registry.console.app_pages import ONE, at
from services.registry.console.visitor import beside, visitor
from services.registry.ground import Ground
from services.registry.paths import Id

STANDARD: Final = ("openid", "profile:basic", "email", "phone", "address", "offline_access", "identity:level")
AGAIN: Final = (409, 412, 422)
"""Refusals after which the form is shown once more."""


@web.get(f"{ONE}/settings", **PAGE)
async def settings_page(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """Everything about an app that its developers decide."""
    stored = await _editable(request, ground, application_id)
    return await _settings(request, ground, pages, stored, drafts.of(stored.application), None)


@web.post(f"{ONE}/settings", **{**PAGE, "rate": "api", "timeout_ms": 20_000})
async def settings_form(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """Saves what differs; shown again with what is wrong, or that somebody else has changed the app meanwhile."""
    sent = await form(request)
    stored = await _editable(request, ground, application_id)
    draft = drafts.sent(sent, stored.application)
    try:
        await edit.application(ground, _who(request, sent, stored), drafts.differing(draft, stored.application))
    except Problem as refusal:
        if refusal.status not in AGAIN:
            raise
        return await _settings(request, ground, pages, stored, draft, refusal)
    return see_other(f"{at(application_id)}?saved=1")


@web.get(f"{ONE}/scopes", **PAGE)
async def scopes_page(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """What the app may ask people for."""
    stored = await _editable(request, ground, application_id)
    return await _scopes(request, ground, pages, stored, stored.application.allowed_scopes, None)


@web.post(f"{ONE}/scopes", **PAGE)
async def scopes_form(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground], pages: Given[Pages]
) -> Response[bytes]:
    """Replaces the list; tokens that were issued keep theirs until they are renewed."""
    sent = await form(request)
    stored = await _editable(request, ground, application_id)
    typed = texts(sent).get("own", "").split()
    wanted = tuple(dict.fromkeys([*(str(scope) for scope in sent.getall("allowed_scopes", [])), *typed]))
    try:
        await edit.application(ground, _who(request, sent, stored), ApplicationPatch(allowed_scopes=wanted))
    except Problem as refusal:
        if refusal.status not in AGAIN:
            raise
        return await _scopes(request, ground, pages, stored, wanted, refusal)
    return see_other(f"{at(application_id)}?saved=1")


ROUTES = [settings_page, settings_form, scopes_page, scopes_form]


async def _editable(request: Request[Any, Any, Any], ground: Ground, application_id: int) -> Stored:
    """Raises NotFound, ForbiddenRole."""
    user_id = callers.caller(request).user_id
    stored, role = await show.with_role(ground, user_id, application_id)
    permit(stored, role, user_id, EDITORS)
    return stored


def _who(request: Request[Any, Any, Any], sent: FormMultiDict, stored: Stored) -> Who:
    """On whose behalf, and of which state of the record the form was filled in."""
    seen = str(sent.get("version", ""))
    version = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 19 else None
    return Who(caller=callers.caller(request), application_id=stored.application.id, version=version)


async def _settings(
    request: Request[Any, Any, Any],
    ground: Ground,
    pages: Pages,
    stored: Stored,
    draft: drafts.Draft,
    refusal: Problem | None,
) -> Response[bytes]:
    said = {"draft": draft, "several": drafts.SEVERAL, "methods": CONFIDENTIAL_METHODS}
    return await _shown(request, ground, pages, stored, "settings", refusal, **said)


async def _scopes(
    request: Request[Any, Any, Any],
    ground: Ground,
    pages: Pages,
    stored: Stored,
    chosen: tuple[str, ...],
    refusal: Problem | None,
) -> Response[bytes]:
    own = [scope for scope in chosen if scope not in STANDARD]
    said = {"standard": STANDARD, "chosen": chosen, "own": own}
    return await _shown(request, ground, pages, stored, "scopes", refusal, **said)


async def _shown(
    request: Request[Any, Any, Any],
    ground: Ground,
    pages: Pages,
    stored: Stored,
    page: str,
    refusal: Problem | None,
    **said: Any,
) -> Response[bytes]:
    return pages.render(
        request,
        f"{page}.html",
        status=refusal.status if refusal else 200,
        at=f"{at(stored.application.id)}/{page}",
        visitor=await visitor(request, ground),
        here="apps",
        app=views.show(stored),
        errors=beside(request, pages, refusal, "version"),
        **said,
    )
