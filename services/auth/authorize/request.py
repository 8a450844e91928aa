"""An authorization request: as it was asked, and as it stands once every check has passed (auth.md 2.1)."""

from typing import Literal

import msgspec

from contracts.applications import Application

Prompt = Literal["none", "login", "consent", "select_account"]

ALIASES = {"profile": "profile:basic"}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Parameters as they came: the first value of each, and the names of those that came twice."""

    params: dict[str, str]
    repeated: frozenset[str] = frozenset()

    @classmethod
    def of(cls, pairs: list[tuple[str, str]]) -> "Asked":
        """An empty value counts as absent (RFC 6749 section 3.1)."""
        params: dict[str, str] = {}
        repeated = set()
        for name, value in pairs:
            if value and name in params:
                repeated.add(name)
            elif value:
                params[name] = value
        return cls(params=params, repeated=frozenset(repeated))

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


class AuthorizationRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What the person will be asked about, and the application answered with. Kept on our side while they sign in."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str
    code_challenge: str
    nonce: str | None = None
    prompt: tuple[Prompt, ...] = ()
    max_age: int | None = None
    """Seconds since the last sign-in that are still good enough."""

    @classmethod
    def of(cls, asked: Asked, app: Application) -> "AuthorizationRequest":
        """Only for what the checks have let pass."""
        max_age = asked.get("max_age")
        return cls(
            client_id=app.client_id,
            redirect_uri=asked.redirect_uri,
            scopes=wanted_scopes(asked, app),
            state=asked.params["state"],
            code_challenge=asked.params["code_challenge"],
            nonce=asked.get("nonce"),
            prompt=msgspec.convert((asked.get("prompt") or "").split(), tuple[Prompt, ...]),
            max_age=None if max_age is None else int(max_age),
        )


def scopes(text: str) -> tuple[str, ...]:
    """Each once, in their order, under their first name."""
    return tuple(dict.fromkeys(ALIASES.get(scope, scope) for scope in text.split(" ") if scope))


def wanted_scopes(asked: Asked, app: Application) -> tuple[str, ...]:
    """What is asked for and registered; the rest is scope drift (auth.md 3.4)."""
    return tuple(scope for scope in scopes(asked.get("scope") or "") if scope in app.allowed_scopes)
