"""`/oauth/register`: RFC 7591 and 7592."""

from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.params import JSONBody, PathParameter

from chassis import web
from chassis.web import Given
from contracts.ids import CLIENT_ID
from services.registry.callers import caller
from services.registry.dynamic import register
from services.registry.dynamic.metadata import ClientMetadata
from services.registry.dynamic.refusals import unreadable
from services.registry.dynamic.register import Client
from services.registry.ground import Ground

PATH: Final = "/oauth/register"
NO_STORE: Final = {"cache-control": "no-store", "pragma": "no-cache"}
BODY: Final[dict[str, Any]] = {"body_limit": 16 * 1024, "exception_handlers": {HTTPException: unreadable}}
ClientId = Annotated[str, PathParameter(pattern=f"^{CLIENT_ID.pattern}$")]


class ClientView(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A registered client as RFC 7591 section 3.2.1 has it."""

    client_id: str
    client_id_issued_at: int
    client_name: str
    redirect_uris: list[str]
    grant_types: tuple[str, ...]
    response_types: tuple[str, ...] = ()
    token_endpoint_auth_method: str
    scope: str
    registration_client_uri: str
    registration_access_token: str | msgspec.UnsetType = msgspec.UNSET
    client_uri: str | None = None
    logo_uri: str | None = None
    """Our copy of the picture."""
    contacts: tuple[str, ...] = ()
    software_id: str | None = None
    software_version: str | None = None


@web.post(PATH, credentials=("own",), rate="dynamic_registration", status_code=201, **BODY)
async def register_client(
    request: Request[Any, Any, Any], data: JSONBody[ClientMetadata], ground: Given[Ground]
) -> Response[ClientView]:
    """Registers a public client by itself. The registration access token in the answer is shown this once."""
    made = await register.client(ground, caller(request), data, web.bearer(request))
    return Response(_view(ground, made), status_code=201, headers=NO_STORE)


@web.get(f"{PATH}/{{client_id:str}}", credentials=("own",), rate="public")
async def read_client(
    request: Request[Any, Any, Any], client_id: ClientId, ground: Given[Ground]
) -> Response[ClientView]:
    """The client's own registration, for whoever has its registration access token."""
    found = await register.show(ground, client_id, web.bearer(request))
    return Response(_view(ground, found), headers=NO_STORE)


@web.put(f"{PATH}/{{client_id:str}}", credentials=("own",), rate="api", **BODY)
async def replace_client(
    request: Request[Any, Any, Any], client_id: ClientId, data: JSONBody[ClientMetadata], ground: Given[Ground]
) -> Response[ClientView]:
    """Replaces the client's registration as a whole."""
    found = await register.replace(ground, caller(request), client_id, web.bearer(request), data)
    return Response(_view(ground, found), headers=NO_STORE)


@web.delete(f"{PATH}/{{client_id:str}}", credentials=("own",), rate="api", status_code=204)
async def delete_client(request: Request[Any, Any, Any], client_id: ClientId, ground: Given[Ground]) -> None:
    """Removes the client; it is refused everywhere when this answers."""
    await register.remove(ground, caller(request), client_id, web.bearer(request))


ROUTES = [register_client, read_client, replace_client, delete_client]


def _view(ground: Ground, found: Client) -> ClientView:
    app, details = found.application, found.details
    return ClientView(
        client_id=app.client_id,
        client_id_issued_at=int(app.created_at.timestamp()),
        client_name=app.name,
        redirect_uris=[entry.uri for entry in app.redirect_uris],
        grant_types=app.grant_types,
        response_types=("code",),
        token_endpoint_auth_method="none",
        scope=" ".join(app.allowed_scopes),
        registration_client_uri=f"{ground.issuer}{PATH}/{app.client_id}",
        registration_access_token=msgspec.UNSET if found.token is None else found.token,
        client_uri=details.client_uri,
        logo_uri=app.logo_url,
        contacts=details.contacts,
        software_id=details.software_id,
        software_version=details.software_version,
    )
