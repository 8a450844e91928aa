"""What the routes of applications read from a request."""

import re
from typing import Any, Final

import msgspec
from litestar import Request

from chassis.problems import InvalidRequest, ValidationFailed
from services.registry.applications.change import Who
from services.registry.applications.patch import ApplicationPatch
from services.registry.applications.register import NewApplication
from services.registry.applications.representation import ApplicationBody, Wrapped
from services.registry.callers import caller
from services.registry.idempotency import replay
from services.registry.idempotency.replay import Claim

READERS: Final = ("session", "pak", "access_token")
"""Whoever may use the management API."""

_VERSION: Final = re.compile(r'(?:W/)?"(\d{1,18})"')
_OWN: Final = frozenset({"name", "redirect_uris", "allowed_scopes", "client_type", "organization"})


def who(request: Request[Any, Any, Any], application_id: int) -> Who:
    """The caller and, by If-Match, the version they have seen. Raises InvalidRequest."""
    shown = request.headers.get("if-match")
    if shown is None or shown.strip() == "*":
        return Who(caller=caller(request), application_id=application_id)
    match = _VERSION.fullmatch(shown.strip())
    if match is None:
        raise InvalidRequest("If-Match is not an entity tag of an app.")
    return Who(caller=caller(request), application_id=application_id, version=int(match[1]))


def body(data: Wrapped) -> ApplicationBody:
    found = data.application or data.oauth_application
    if found is None:
        raise ValidationFailed(fields={"application": ["the body nests under this name"]})
    return found


def new(data: Wrapped) -> NewApplication:
    """Raises ValidationFailed where a required member is missing."""
    given = body(data)
    missing = {name: ["is required"] for name in ("name", "redirect_uris") if getattr(given, name) is msgspec.UNSET}
    if missing:
        raise ValidationFailed(fields=missing)
    own = {name: value for name in _OWN if (value := getattr(given, name)) is not msgspec.UNSET}
    return NewApplication(**own, rest=patch(given, without=_OWN))


def patch(given: ApplicationBody, without: frozenset[str] = frozenset()) -> ApplicationPatch:
    names = set(ApplicationPatch.__struct_fields__) - without
    return ApplicationPatch(**{name: getattr(given, name) for name in names})


async def claim(request: Request[Any, Any, Any]) -> Claim | None:
    """The Idempotency-Key with what it was sent for."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    sent = caller(request)
    return replay.claim(
        sent.user_id, key, request.url.path.encode(), (sent.organization or "").encode(), await request.body()
    )
