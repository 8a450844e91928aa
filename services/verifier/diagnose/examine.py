"""Looks at an authorization request as the platform would, and names all that is wrong; asks nobody outside."""

from typing import Final

import msgspec

from contracts.applications import Application
from services.verifier.diagnose import pkce, redirect
from services.verifier.diagnose.findings import Found, bad, good
from services.verifier.ground import Ground

LONGEST: Final = 2048


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a developer typed or their app sent; an empty string is what was not given."""

    client_id: str = ""
    redirect_uri: str = ""
    code_challenge: str = ""
    code_challenge_method: str = ""
    code_verifier: str = ""

    @property
    def empty(self) -> bool:
        return not any(msgspec.structs.astuple(self))


async def request(ground: Ground, asked: Asked) -> list[Found]:
    """Raises NoInstance and DeadlinePassed while registry is away."""
    if any(len(value) > LONGEST for value in msgspec.structs.astuple(asked)):
        return [bad("too_long", most=str(LONGEST))]
    client = await _client(ground, asked)
    found = (
        [bad("client.missing" if not asked.client_id else "client.unknown")] if client is None else _uri(client, asked)
    )
    if (
        client is not None
        and client.client_type == "confidential"
        and not client.require_pkce
        and not asked.code_challenge
    ):
        return [*found, good("pkce.not_needed")]
    return [*found, *pkce.examine(asked.code_challenge, asked.code_challenge_method, asked.code_verifier)]


async def _client(ground: Ground, asked: Asked) -> Application | None:
    if not asked.client_id:
        return None
    found = await ground.registry.client(asked.client_id)
    return None if found is None or found.deleted_at is not None else found


def _uri(client: Application, asked: Asked) -> list[Found]:
    """What the sign-in page would say of this client and URI, in its order, and where the URI goes wrong."""
    found = [good("client.known") if client.usable else bad("client.unusable")]
    if not asked.redirect_uri:
        return [*found, bad("uri.missing")]
    registered = [entry.uri for entry in client.redirect_uris]
    if asked.redirect_uri not in registered:
        return [*found, bad("uri.unregistered"), *map(bad, redirect.nearest(asked.redirect_uri, registered))]
    if client.usable and not client.serves(asked.redirect_uri):
        return [*found, bad("uri.waits")]
    return [*found, good("uri.registered")]
