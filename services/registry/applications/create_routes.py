"""Registering an application, by the management API and by the console."""

from typing import Any

import msgspec
from litestar import Request, Response
from litestar.params import JSONBody

from chassis import web
from chassis.web import Given
from services.registry import step_up
from services.registry.applications import edit, parse, register
from services.registry.applications import representation as views
from services.registry.applications.parse import READERS
from services.registry.applications.register import Registered
from services.registry.applications.representation import ApplicationView, SecretView, Wrapped
from services.registry.callers import caller
from services.registry.ground import Ground
from services.registry.idempotency import replay
from services.registry.paths import Id

SECRET = {"cache-control": "no-store"}


class AnonymousGrants(msgspec.Struct, kw_only=True):
    allow_anonymous_grants: bool


@web.post("/api/v1/applications", credentials=READERS, rate="registration", scopes=("apps:manage",), status_code=201)
async def create_application(
    request: Request[Any, Any, Any], data: JSONBody[Wrapped], ground: Given[Ground]
) -> Response[ApplicationView]:
    """Registers an app. The secrets in the answer are shown this once; a repeat answers 200 with `existing`.

    With `Idempotency-Key` the same request is answered the same for 24 hours.
    """
    return await _created(request, data, ground)


@web.post("/developer/applications", credentials=("session",), rate="registration", status_code=201)
async def create_in_console(
    request: Request[Any, Any, Any], data: JSONBody[Wrapped], ground: Given[Ground]
) -> Response[ApplicationView]:
    """The console's registration of an app; the same as the management API's."""
    return await _created(request, data, ground)


@web.post("/developer/applications/{application_id:int}/rotate_secret", credentials=("session",), rate="api")
async def rotate_in_console(
    request: Request[Any, Any, Any], application_id: Id, ground: Given[Ground]
) -> Response[SecretView]:
    """The console's rotation of a secret; the same as the management API's."""
    done = await edit.rotate_secret(ground, parse.who(request, application_id))
    return web.Answer(views.show_secret(done), headers={**SECRET, **views.etag(done.stored)})


@web.patch("/developer/applications/{application_id:int}/anonymous_grants", credentials=("session",), rate="api")
async def allow_anonymous_grants(
    request: Request[Any, Any, Any],
    application_id: Id,
    data: JSONBody[AnonymousGrants],
    ground: Given[Ground],
) -> Response[ApplicationView]:
    """Whether anonymous accounts may grant this app anything; in the console alone, behind step-up.

    403 `step_up_required` where the last one-time code, or without those the last password, is older than 5 minutes.
    """
    step_up.check(caller(request), ground.clock.now(), "otp")
    who = parse.who(request, application_id)
    done = await edit.allow_anonymous_grants(ground, who, data.allow_anonymous_grants)
    return web.Answer(views.show_changed(done.stored, done.spread), headers=views.etag(done.stored))


ROUTES = [create_application, create_in_console, rotate_in_console, allow_anonymous_grants]


async def _created(request: Request[Any, Any, Any], data: Wrapped, ground: Ground) -> Response[Any]:
    claim = await parse.claim(request)
    if claim is None:
        return _answer(await register.application(ground, caller(request), parse.new(data)))
    again = await replay.find(ground, claim)
    if again is None:
        try:
            done = await register.application(ground, caller(request), parse.new(data), claim)
        except replay.KeyClaimed:
            again = await replay.wait(ground, claim)
        else:
            answer = _answer(done)
            await replay.keep(ground, claim, answer.status_code or 201, msgspec.json.encode(answer.content))
            return answer
    headers = {**SECRET, "idempotency-replayed": "true"}
    return web.Answer(msgspec.Raw(again.body), status_code=again.status, headers=headers)


def _answer(done: Registered) -> Response[ApplicationView]:
    headers = {**SECRET, **views.etag(done.stored)}
    if done.spread is None:
        return web.Answer(views.show_existing(done.stored), status_code=200, headers=headers)
    return web.Answer(views.show_registered(done.stored, done.spread, done.secret), status_code=201, headers=headers)
