"""What an application asks for when it signs somebody out, once it has been checked (auth.md 2.12)."""

from typing import Final
from urllib.parse import quote, urlencode

import msgspec

from contracts.applications import Application
from services.auth.authorize.refusals import ClientMistaken, ClientUnknown
from services.auth.ground import Ground
from services.auth.token.form import Form
from services.auth.tokens import hint
from services.auth.tokens.hint import Hint

LONGEST: Final = 2048
"""Characters of `state`."""

_AS_IT_IS: Final = "!#$%&'()*+,-./:;=?@[]_~"


class LogoutUriMismatch(ClientMistaken):
    """Never redirects, as at the authorization endpoint: the address may be a stranger's."""

    words = "redirect_uri_mismatch"
    default_detail = "post_logout_redirect_uri is not byte for byte one that the app has registered."


class LogoutRequest(msgspec.Struct, frozen=True, kw_only=True):
    client_id: str | None = None
    redirect_uri: str | None = None
    state: str | None = None
    hint: Hint | None = None

    @property
    def onward(self) -> str | None:
        """Where the browser goes afterwards, with the state as it came."""
        if self.redirect_uri is None:
            return None
        where = quote(self.redirect_uri, safe=_AS_IT_IS)
        if self.state is None:
            return where
        return f"{where}{'&' if '?' in where else '?'}{urlencode({'state': self.state})}"


async def checked(ground: Ground, asked: Form) -> tuple[LogoutRequest, Application | None]:
    """Raises ClientMistaken, ClientUnknown, LogoutUriMismatch."""
    shown, uri, state = asked.get("id_token_hint"), asked.get("post_logout_redirect_uri"), asked.get("state")
    read = None if shown is None else await hint.read(ground, shown)
    client_id = asked.get("client_id") or (read.aud if read else None)
    if read is not None and read.aud != client_id:
        raise ClientMistaken("client_id is not the one that id_token_hint was issued to.")
    if len(state or "") > LONGEST:
        raise ClientMistaken(f"state has at most {LONGEST} characters.")
    app = None if client_id is None else await ground.clients.fresh(client_id)
    if client_id is not None and (app is None or app.deleted_at is not None):
        raise ClientUnknown
    if uri is not None and app is None:
        raise ClientMistaken("post_logout_redirect_uri needs a client_id, or an id_token_hint that we have issued.")
    if uri is not None and app is not None and uri not in app.post_logout_redirect_uris:
        raise LogoutUriMismatch
    return LogoutRequest(client_id=client_id, redirect_uri=uri, state=state, hint=read), app
