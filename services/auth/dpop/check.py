"""A proof is checked: at the endpoints of clients, where it names the key to bind to, and beside a bound token."""

from collections.abc import Sequence
from datetime import timedelta

from chassis.problems import Problem
from services.auth.dpop import nonce, proof, store
from services.auth.dpop.proof import Expected, Proof, ProofWrong
from services.auth.ground import Ground


class InvalidDpopProof(Problem):
    status, code = 400, "invalid_dpop_proof"
    default_detail = "The DPoP proof does not count."


class UseDpopNonce(Problem):
    """RFC 9449 section 8: the answer carries the nonce to use."""

    status, code = 400, "use_dpop_nonce"
    default_detail = "The proof has to carry the nonce of the DPoP-Nonce header."


async def of_client(ground: Ground, proofs: Sequence[str], url: str) -> str | None:
    """The thumbprint of the key that a client proved at the token or the PAR endpoint; None where it sent no proof.

    Raises InvalidDpopProof, UseDpopNonce.
    """
    if not proofs:
        return None
    if len(proofs) > 1:
        raise InvalidDpopProof("The DPoP header is given twice.")
    now = ground.clock.now()
    found = _read(proofs[0], Expected(method="POST", url=url, now=now))
    if ground.settings.dpop_nonces and not nonce.lives(ground.vault, found.nonce, now):
        raise UseDpopNonce(headers={"dpop-nonce": nonce.new(ground.vault, now)})
    await _spend(ground, found)
    return found.jkt


async def beside_token(ground: Ground, shown: str, method: str, url: str, access_token: str) -> str:
    """The thumbprint that the access token has to name. Raises InvalidDpopProof."""
    found = _read(shown, Expected(method=method, url=url, now=ground.clock.now(), access_token=access_token))
    await _spend(ground, found)
    return found.jkt


def _read(text: str, expected: Expected) -> Proof:
    try:
        return proof.read(text, expected)
    except ProofWrong as wrong:
        raise InvalidDpopProof(f"The DPoP proof does not count: {wrong}.") from None


async def _spend(ground: Ground, found: Proof) -> None:
    """Remembered for as long as its time could pass."""
    until = ground.clock.now() + timedelta(seconds=2 * proof.WINDOW)
    if not await store.spend(ground.db, found.digest, until):
        raise InvalidDpopProof("The DPoP proof was used before.")
