"""POST /api/v1/users/{sub}/identity_verified, and the way from user to developer."""

from typing import Annotated, Any

from litestar import Request, Response
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, JSONBody

from chassis import web
from chassis.problems import Unauthorized
from chassis.web import Given
from chassis.web.pages import see_other
from contracts.principal import AccessToken, Client
from services.auth.accounts.console_pages import TokenForm, checked
from services.auth.ground import Ground
from services.auth.standing import become, report
from services.auth.standing.report import Report, Standing


@web.post(
    "/api/v1/users/{sub:str}/identity_verified",
    credentials=("access_token", "client"),
    rate="identity",
    tags=["Account"],
)
async def report_identity(
    request: Request[Any, Any, Any], ground: Given[Ground], sub: FromPath[str], data: JSONBody[Report]
) -> Standing:
    """Reports that a person's identity was verified: level 2 or 3, for somebody who uses the reporting app.

    With HTTP Basic, or with an access token of the app that carries `identity:report`. Only an approved app with that
    scope may; 404 `not_found` for anybody who has not let it in.
    """
    caller = web.principal(request)
    if not isinstance(caller, AccessToken | Client):
        raise Unauthorized
    return await report.verified(ground, caller, sub, data)


@web.post("/account/developer", credentials=("session",), rate="page", face="page", include_in_schema=False)
async def become_developer(
    request: Request[Any, Any, Any],
    ground: Given[Ground],
    data: Annotated[TokenForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """Makes a developer of a user, who may register apps then."""
    caller = checked(request, data.csrf_token)
    await become.developer(ground, caller.user_id)
    return see_other("/console")


ROUTES = [report_identity, become_developer]
