"""An identity token that the app got from a provider on the device itself, without our pages (auth.md 6.3)."""

from hashlib import sha256

import msgspec

from services.auth.ground import Ground
from services.auth.tokens import foreign
from services.auth.tokens.foreign import ForeignUnreadable
from services.auth.upstream import begin, exchange, id_token
from services.auth.upstream.exchange import Found
from services.auth.upstream.id_token import Expected
from services.auth.upstream.refusals import AnswerRefused
from services.auth.upstream.store import Connector


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """`raw_nonce` is what the app hashed before it gave the hash to the provider, which bound it in the token."""

    provider: str
    identity_token: str
    raw_nonce: str


class Believed(msgspec.Struct, frozen=True, kw_only=True):
    connector: Connector
    found: Found


async def believed(ground: Ground, shown: Shown) -> Believed:
    """The token may be for the connector's own client or for one of the platform's apps (`native_client_ids`).

    Raises ProviderUnknown, ProviderUnavailable, AnswerRefused.
    """
    connector = await begin.known(ground, shown.provider)
    plan = connector.plan
    if plan.kind != "oidc":
        raise AnswerRefused
    metadata = await ground.providers.metadata(ground.outbound, ground.clock, plan)
    expected = Expected(
        issuer=metadata.issuer or "",
        audience=_audience(connector, shown.identity_token),
        parties=plan.native_client_ids,
        nonce=sha256(shown.raw_nonce.encode(errors="surrogatepass")).hexdigest(),
        jwks_uri=metadata.jwks_uri or "",
    )
    key_sets = ground.providers.key_sets(ground.outbound, ground.clock)
    claims = await id_token.believed(shown.identity_token, expected, key_sets, ground.clock.now())
    return Believed(connector=connector, found=exchange.told(plan, claims))


def _audience(connector: Connector, text: str) -> str:
    """Of the clients that we are there, the one that the token names; it is held to that afterwards."""
    try:
        named = foreign.read(text).claims.get("aud")
    except ForeignUnreadable:
        raise AnswerRefused from None
    return str(named) if named in connector.plan.native_client_ids else connector.client_id
