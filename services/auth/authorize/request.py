"""An authorization request: as it was asked, and as it stands once every check has passed (auth.md 2.1)."""

from typing import Literal, Self, get_args

import msgspec

from contracts.applications import Application
from contracts.scopes import full_name
from services.auth.authorize import claims

Prompt = Literal["none", "login", "consent", "select_account"]
ResponseMode = Literal["query", "form_post"]

Display = Literal["popup", "touch", "wap"]
"""How a page may be shown beside `page`, which needs no word (OpenID Connect Core 3.1.2.1)."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Parameters as they came: the first value of each, and the names of those that came twice."""

    params: dict[str, str]
    repeated: frozenset[str] = frozenset()
    resources: tuple[str, ...] = ()
    """The only parameter that may occur several times (RFC 8707 section 2)."""
    pushed: bool = False
    """Whether the application itself brought them (RFC 9126)."""

    @classmethod
    def of(cls, pairs: list[tuple[str, str]], *, pushed: bool = False) -> Self:
        """An empty value counts as absent (RFC 6749 section 3.1)."""
        params: dict[str, str] = {}
        repeated = set()
        for name, value in pairs:
            if value and name in params:
                repeated.add(name)
            elif value:
                params[name] = value
        resources = tuple(dict.fromkeys(value for name, value in pairs if name == "resource" and value))
        return cls(params=params, repeated=frozenset(repeated), resources=resources, pushed=pushed)

    def get(self, name: str) -> str | None:
        return self.params.get(name)

    @property
    def redirect_uri(self) -> str:
        """Only for what the first table of checks has let pass."""
        return self.params["redirect_uri"]

    @property
    def state(self) -> str:
        """What to echo; nothing where it is in doubt."""
        return "" if "state" in self.repeated else self.params.get("state", "")

    @property
    def response_mode(self) -> ResponseMode:
        """How to answer; by query where it is in doubt, or where the address is none that takes a form."""
        if "response_mode" in self.repeated or self.get("response_mode") != "form_post":
            return "query"
        return "form_post" if self.redirect_uri.startswith(("https://", "http://")) else "query"


class AuthorizationRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What the person will be asked about, and the application answered with. Kept on our side while they sign in."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str
    response_mode: ResponseMode = "query"
    code_challenge: str | None = None
    """None only for a confidential application that may do without PKCE."""
    nonce: str | None = None
    prompt: tuple[Prompt, ...] = ()
    max_age: int | None = None
    """Seconds since the last sign-in that are still good enough."""
    login_hint: str | None = None
    sub: str | None = None
    """Whom it has to be, by `id_token_hint` or `claims`."""
    claims: tuple[str, ...] = ()
    """What the ID token is to say of the granted scopes."""
    acr: tuple[str, ...] = ()
    """How strong the sign-in should be, the best first."""
    acr_essential: bool = False
    """Whether nothing weaker will do."""
    provider: str | None = None
    ui_locales: str | None = None
    display: Display | None = None
    resources: tuple[str, ...] = ()
    dpop_jkt: str | None = None
    """The DPoP key that the code will be bound to."""

    @classmethod
    def of(cls, asked: Asked, app: Application, hinted: str | None) -> Self:
        """Only for what the checks have let pass."""
        max_age, named = asked.get("max_age"), claims.read(asked.get("claims"))
        return cls(
            client_id=app.client_id,
            redirect_uri=asked.redirect_uri,
            scopes=wanted_scopes(asked, app),
            state=asked.params["state"],
            response_mode=asked.response_mode,
            code_challenge=asked.get("code_challenge"),
            nonce=asked.get("nonce"),
            prompt=msgspec.convert((asked.get("prompt") or "").split(), tuple[Prompt, ...]),
            max_age=None if max_age is None else int(max_age),
            login_hint=asked.get("login_hint"),
            sub=hinted or named.sub,
            claims=named.in_id_token,
            acr=named.acr or tuple((asked.get("acr_values") or "").split()[:10]),
            acr_essential=named.acr_essential,
            provider=asked.get("provider"),
            ui_locales=asked.get("ui_locales"),
            display=displayed(asked.get("display")),
            resources=asked.resources,
            dpop_jkt=asked.get("dpop_jkt"),
        )


def displayed(wished: str | None) -> Display | None:
    """What is not known is shown as `page`, because a wish about the look is no reason to refuse (15.1)."""
    return next((one for one in get_args(Display) if one == wished), None)


def scopes(text: str) -> tuple[str, ...]:
    """Each once, in their order, by the name that the client calls it: the tokens will call it so (RFC 6749 3.3)."""
    found: dict[str, str] = {}
    for scope in text.split(" "):
        if scope:
            found.setdefault(full_name(scope), scope)
    return tuple(found.values())


def wanted_scopes(asked: Asked, app: Application) -> tuple[str, ...]:
    """What is asked for and registered; the rest is scope drift (auth.md 3.4)."""
    return tuple(scope for scope in scopes(asked.get("scope") or "") if full_name(scope) in app.allowed_scopes)


def outside(asked: Asked, app: Application) -> tuple[str, ...]:
    """What is asked for and not registered."""
    return tuple(scope for scope in scopes(asked.get("scope") or "") if full_name(scope) not in app.allowed_scopes)
