"""Setting out for a provider: what is said there, and what binds the way back to this browser."""

import hmac
import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Final
from urllib.parse import urlencode

from services.auth.ground import Ground
from services.auth.keys import material
from services.auth.upstream import store
from services.auth.upstream.exchange import Proof
from services.auth.upstream.refusals import ProviderUnknown
from services.auth.upstream.store import Connector, Journey

LIFETIME: Final = timedelta(minutes=10)
"""How long a person may take at the provider (auth.md 3.1)."""


async def known(ground: Ground, key: str) -> Connector:
    """Raises ProviderUnknown."""
    found = await store.connector(ground.db, key)
    if found is None:
        raise ProviderUnknown
    return found


async def set_out(
    ground: Ground,
    connector: Connector,
    browser: str,
    return_to: str,
    *,
    user_id: int | None = None,
    again: bool = False,
) -> str:
    """The address at the provider. `browser` is a secret that this browser holds in a cookie and tells nobody.

    Verifier and nonce come from that secret and the state, so nothing that could be redeemed stands in the database.
    Raises ProviderUnavailable.
    """
    plan, state, now = connector.plan, secrets.token_urlsafe(32), ground.clock.now()
    metadata = await ground.providers.metadata(ground.outbound, ground.clock, plan)
    journey = Journey(return_to=return_to, user_id=user_id, created_at=now)
    await store.set_out(ground.db, digest(state), connector.key, bound(browser), journey, now + LIFETIME)
    proof = proof_of(ground, connector.key, browser, state, "")
    asked = {
        "response_type": "code",
        "client_id": connector.client_id,
        "redirect_uri": proof.redirect_uri,
        "scope": " ".join(plan.scopes),
        "state": state,
    }
    if plan.kind == "oidc":
        asked["nonce"] = proof.nonce
    if plan.pkce:
        asked["code_challenge"] = material.encoded(sha256(proof.code_verifier.encode()).digest())
        asked["code_challenge_method"] = "S256"
    if plan.response_mode != "query":
        asked["response_mode"] = plan.response_mode
    if again and plan.again is not None:
        asked["prompt"] = plan.again
    endpoint = metadata.authorization_endpoint
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"


def proof_of(ground: Ground, key: str, browser: str, state: str, code: str) -> Proof:
    """The same for the way there and the way back."""
    return Proof(
        code=code,
        code_verifier=_derived(browser, "verifier", state),
        nonce=_derived(browser, "nonce", state),
        redirect_uri=f"{ground.issuer}/auth/{key}/web/callback",
    )


def digest(state: str) -> bytes:
    return sha256(state.encode(errors="surrogatepass")).digest()


def bound(browser: str) -> bytes:
    """How a browser's secret stands in the database."""
    return sha256(f"upstream\0{browser}".encode()).digest()


def _derived(browser: str, purpose: str, state: str) -> str:
    message = f"upstream {purpose}\0{state}".encode(errors="surrogatepass")
    return material.encoded(hmac.new(browser.encode(), message, sha256).digest())
