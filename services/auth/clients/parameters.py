"""What a form of a client says of who sends it (auth.md 3.6), for the description of the endpoints."""

from typing import Annotated

import msgspec
from msgspec import Meta

ClientId = Annotated[str, Meta(description="Who asks; needed where no other credential names it.")]
ClientSecret = Annotated[str, Meta(description="client_secret_post; not beside HTTP Basic.")]
AssertionType = Annotated[str, Meta(description="urn:ietf:params:oauth:client-assertion-type:jwt-bearer (RFC 7523).")]
Assertion = Annotated[str, Meta(description="The JWT of private_key_jwt.")]


class ClientParameters(msgspec.Struct, kw_only=True):
    """A public client sends its `client_id` alone; others one of the rest, or HTTP Basic."""

    client_id: ClientId = ""
    client_secret: ClientSecret = ""
    client_assertion_type: AssertionType = ""
    client_assertion: Assertion = ""


SECURITY: list[dict[str, list[str]]] = [{"client": []}, {}]
"""HTTP Basic, or nothing beside the form."""


class TokenNamed(ClientParameters, kw_only=True):
    """Which token revocation and introspection are about."""

    token: str
    token_type_hint: Annotated[str, Meta(description="access_token or refresh_token; it is found without it.")] = ""
