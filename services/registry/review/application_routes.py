"""`/api/v1/admin/applications` and the audit log, for administrators."""

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response
from litestar.params import JSONBody, QueryParameter

from chassis import web
from chassis.web import Given
from contracts.applications import ScopeDriftPolicy
from services.registry.actions.nonce import require_admin
from services.registry.applications import parse
from services.registry.applications import representation as views
from services.registry.applications.change import Changed, Who
from services.registry.applications.representation import ApplicationView
from services.registry.applications.routes import Number, PerPage
from services.registry.audit import store as log
from services.registry.audit.routes import EntryView
from services.registry.audit.routes import view as entry_view
from services.registry.callers import administrator
from services.registry.ground import Ground
from services.registry.lists import paging
from services.registry.lists import store as lists
from services.registry.paths import Id
from services.registry.review import suspend
from services.registry.review.routes import ADMINS, Nonce, Text, Words

PATH: Final = "/api/v1/admin/applications"
ONE: Final = f"{PATH}/{{application_id:int}}"
Search = Annotated[str | None, QueryParameter(max_length=200)]


class SuspendBody(msgspec.Struct, kw_only=True):
    reason: Words
    action_request_nonce: Nonce


class NonceBody(msgspec.Struct, kw_only=True):
    action_request_nonce: Nonce


class PolicyBody(msgspec.Struct, kw_only=True):
    scope_drift_policy: ScopeDriftPolicy


class ExchangeBody(msgspec.Struct, kw_only=True):
    allow_token_exchange: bool


@web.get(PATH, credentials=ADMINS, rate="api", scopes=("admin:read",))
async def search_applications(  # noqa: PLR0913, PLR0917 - the filters of registry.md 10
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    status: Text = None,
    flag: Text = None,
    q: Search = None,
    cursor: Number = None,
    per_page: PerPage = 50,
) -> Response[list[ApplicationView]]:
    """All apps by part of a name or redirect URI, client_id or organisation; trashed ones too."""
    require_admin(administrator(request))
    found = await lists.search(ground.db, q, status, flag, cursor, per_page)
    link = paging.link(request, ground.issuer, [stored.application.id for stored in found], per_page)
    return Response([views.show(stored) for stored in found], headers=link)


@web.post(f"{ONE}/suspend", credentials=ADMINS, rate="api", scopes=("admin:review",))
async def suspend_application(
    request: Request[Any, Any, Any], application_id: Id, data: JSONBody[SuspendBody], ground: Given[Ground]
) -> ApplicationView:
    """Nobody can use the app when this answers. Needs a nonce for `suspend` of this app."""
    return _shown(await suspend.suspend(ground, _who(request, application_id), data.reason, data.action_request_nonce))


@web.post(f"{ONE}/unsuspend", credentials=ADMINS, rate="api", scopes=("admin:review",))
async def unsuspend_application(
    request: Request[Any, Any, Any], application_id: Id, data: JSONBody[NonceBody], ground: Given[Ground]
) -> ApplicationView:
    """Back to the status before. Needs a nonce for `unsuspend` of this app."""
    return _shown(await suspend.lift(ground, _who(request, application_id), data.action_request_nonce))


@web.patch(f"{ONE}/scope_drift_policy", credentials=ADMINS, rate="api", scopes=("admin:review",))
async def set_scope_drift_policy(
    request: Request[Any, Any, Any], application_id: Id, data: JSONBody[PolicyBody], ground: Given[Ground]
) -> ApplicationView:
    """What happens when the app asks for scopes that it has not registered: `block`, `log_only` or `alert`."""
    done = await suspend.scope_drift_policy(ground, _who(request, application_id), data.scope_drift_policy)
    return _shown(done)


@web.patch(f"{ONE}/allow_token_exchange", credentials=ADMINS, rate="api", scopes=("admin:review",))
async def set_allow_token_exchange(
    request: Request[Any, Any, Any], application_id: Id, data: JSONBody[ExchangeBody], ground: Given[Ground]
) -> ApplicationView:
    """Whether the app may exchange tokens (RFC 8693); confidential clients only."""
    done = await suspend.allow_token_exchange(ground, _who(request, application_id), data.allow_token_exchange)
    return _shown(done)


@web.get("/api/v1/admin/audit_logs", credentials=ADMINS, rate="api", scopes=("admin:read",))
async def search_audit_logs(  # noqa: PLR0913, PLR0917 - the filters of registry.md 10
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    actor: Number = None,
    action: Text = None,
    target: Search = None,
    from_: Annotated[datetime | None, QueryParameter(name="from")] = None,
    to: Annotated[datetime | None, QueryParameter()] = None,
    cursor: Number = None,
    per_page: PerPage = 50,
) -> Response[list[EntryView]]:
    """The whole log, newest first. `target` is `application:42`, or a kind alone."""
    require_admin(administrator(request))
    wanted = log.Filters(actor=actor, action=action, target=target, since=from_, until=to)
    found = await log.search(ground.db, wanted, cursor, per_page)
    link = paging.link(request, ground.issuer, [one.id for one in found], per_page)
    return Response([entry_view(one) for one in found], headers=link)


ROUTES = [
    search_applications,
    suspend_application,
    unsuspend_application,
    set_scope_drift_policy,
    set_allow_token_exchange,
    search_audit_logs,
]


def _who(request: Request[Any, Any, Any], application_id: int) -> Who:
    return msgspec.structs.replace(parse.who(request, application_id), caller=administrator(request))


def _shown(done: Changed) -> ApplicationView:
    return views.show_changed(done.stored, done.spread)
