"""What OpenAPI says of who may call a route: one scheme for each way of showing who one is."""

from collections.abc import Iterable, Sequence

from litestar.openapi.spec import Components, SecurityScheme

from contracts.routes import Credential

COMPONENTS = Components(
    security_schemes={
        "pak": SecurityScheme(type="http", scheme="bearer", description="A personal API key (auth.md 3.9)."),
        "access_token": SecurityScheme(type="http", scheme="bearer", description="An access token (auth.md 3.2)."),
        "client": SecurityScheme(type="http", scheme="basic", description="An app's client_id and client_secret."),
        "session": SecurityScheme(
            type="apiKey",
            security_scheme_in="cookie",
            name="logi_session",
            description="The cookie of a signed-in browser; unsafe methods need its X-Logi-CSRF-Token as well.",
        ),
    }
)

_SCOPED = {"pak", "access_token"}


def requirements(credentials: Iterable[Credential], scopes: Sequence[str]) -> list[dict[str, list[str]]] | None:
    """Any one of them opens the route; the scopes are those that a credential with scopes needs (OpenAPI 4.8.30).

    None for a route that is everybody's, or whose credential is the service's own business.
    """
    named = [each for each in credentials if each not in {"none", "own"}]
    needed: list[dict[str, list[str]]] = [{each: list(scopes) if each in _SCOPED else []} for each in named]
    if needed and "none" in credentials:
        needed.append({})
    return needed or None
