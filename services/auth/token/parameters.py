"""What a token request may say, grant by grant, for the description of the endpoints."""

from typing import Annotated

import msgspec
from msgspec import Meta

from services.auth.clients.parameters import ClientParameters


class TokenParameters(ClientParameters, kw_only=True):
    """Which of them a grant takes stands in its RFC; the others are ignored."""

    grant_type: Annotated[
        str,
        Meta(
            description="authorization_code, refresh_token, client_credentials, "
            "urn:ietf:params:oauth:grant-type:device_code or urn:ietf:params:oauth:grant-type:token-exchange."
        ),
    ]
    code: Annotated[str, Meta(description="authorization_code: what came to the redirect URI.")] = ""
    redirect_uri: Annotated[str, Meta(description="authorization_code: the same as at the authorization endpoint.")] = (
        ""
    )
    code_verifier: Annotated[str, Meta(description="authorization_code: RFC 7636.")] = ""
    refresh_token: Annotated[str, Meta(description="refresh_token: the latest one.")] = ""
    device_code: Annotated[str, Meta(description="device_code: RFC 8628.")] = ""
    subject_token: Annotated[str, Meta(description="token-exchange: RFC 8693.")] = ""
    subject_token_type: Annotated[str, Meta(description="token-exchange: what kind of token that is.")] = ""
    requested_token_type: Annotated[
        str, Meta(description="token-exchange: urn:ietf:params:oauth:token-type:access_token.")
    ] = ""
    scope: Annotated[str, Meta(description="Separated by spaces; not more than there is to give.")] = ""
    resource: Annotated[list[str], Meta(description="Indicator of an API resource (RFC 8707).")] = []


class DialectTokenParameters(msgspec.Struct, kw_only=True):
    """client_credentials, the one grant of that dialect."""

    grant_type: Annotated[str, Meta(description="client_credentials")] = ""
    client_id: str = ""
    client_secret: str = ""
    resource: str = ""
    scope: str = ""


class DialectQuery(msgspec.Struct, kw_only=True):
    parse_error: Annotated[str, Meta(description="false leaves code and message out of a refusal.")] = ""


class DeviceParameters(ClientParameters, kw_only=True):
    scope: Annotated[str, Meta(description="Separated by spaces; within the app's allowed_scopes.")] = ""


class UserinfoForm(msgspec.Struct, kw_only=True):
    access_token: Annotated[str, Meta(description="RFC 6750 2.2; not beside an Authorization header.")] = ""
