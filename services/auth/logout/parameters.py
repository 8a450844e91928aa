"""The parameters of OpenID Connect RP-Initiated Logout 1.0, for the description of the endpoint."""

from typing import Annotated

import msgspec
from msgspec import Meta


class LogoutParameters(msgspec.Struct, kw_only=True):
    id_token_hint: Annotated[str, Meta(description="The ID token of whom to sign out; it may have expired.")] = ""
    client_id: Annotated[str, Meta(description="Whose id_token_hint it is; or who asks without one.")] = ""
    post_logout_redirect_uri: Annotated[str, Meta(description="Byte for byte a registered one.")] = ""
    state: Annotated[str, Meta(description="Comes back unchanged; at most 2048 characters.")] = ""
    ui_locales: Annotated[str, Meta(description="Languages, the best first; en and ko are there.")] = ""
    logout_hint: Annotated[str, Meta(description="Ignored.")] = ""
