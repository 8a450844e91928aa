"""Judges what a browser answers to a challenge (WebAuthn section 7.2)."""

import msgspec
import structlog
import webauthn
from webauthn.helpers import parse_authentication_credential_json, parse_client_data_json
from webauthn.helpers.structs import AuthenticationCredential

from chassis import metrics
from chassis.postgres import Tx
from chassis.problems import Problem
from services.auth.factors import notices
from services.auth.ground import Ground
from services.auth.passkeys import challenges, store
from services.auth.passkeys.store import Passkey

logger = structlog.get_logger()

LONGEST = 16 * 1024
"""Characters of an answer; real ones have about 1500."""

_regressed = metrics.counter("passkey.regressed", description="Signature counters that went back, as a copy's would.")


class PasskeyRefused(Problem):
    """Unknown, of another account, made for another challenge or host, or its signature is wrong."""

    status, code = 422, "passkey_refused"
    default_detail = "This passkey does not count here; ask for a new challenge and try again."


class Read(msgspec.Struct, frozen=True):
    """An answer whose challenge was ours; nothing else of it is trusted yet."""

    credential: AuthenticationCredential
    challenge: bytes


async def read(ground: Ground, answer: str, bound_to: bytes) -> Read:
    """Spends the challenge, whatever becomes of the answer. Raises PasskeyRefused."""
    if len(answer) > LONGEST:
        raise PasskeyRefused
    try:
        credential = parse_authentication_credential_json(answer)
        challenge = parse_client_data_json(credential.response.client_data_json).challenge
    except Exception as error:  # parsers of strangers' bytes raise what they meet
        raise PasskeyRefused from error
    if not await challenges.spend(ground, challenge, bound_to):
        raise PasskeyRefused
    return Read(credential, challenge)


async def verify(ground: Ground, tx: Tx, shown: Read, *, user_id: int | None, verified: bool) -> Passkey:
    """The passkey, which counts as used. `user_id`: whose it has to be; `verified`: whether its device has to have
    checked the person. Raises PasskeyRefused.
    """
    found = await store.by_credential(tx, shown.credential.raw_id)
    if found is None or user_id not in {None, found.user_id}:
        raise PasskeyRefused
    if shown.credential.response.user_handle not in {None, b"", challenges.handle(found.user_id)}:
        raise PasskeyRefused
    try:
        good = webauthn.verify_authentication_response(
            credential=shown.credential,
            expected_challenge=shown.challenge,
            expected_rp_id=challenges.rp_id(ground.issuer),
            expected_origin=challenges.origins(ground),
            credential_public_key=found.public_key,
            credential_current_sign_count=-1,  # judged below: a counter that goes back is noted, not refused
            require_user_verification=verified,
        )
    except Exception as error:  # parsers of strangers' bytes raise what they meet
        raise PasskeyRefused from error
    back = await store.used(tx, found.id, good.new_sign_count, good.credential_backed_up, ground.clock.now())
    if back is None:
        raise PasskeyRefused
    if back:
        await _note(ground, tx, found)
    return found


async def _note(ground: Ground, tx: Tx, passkey: Passkey) -> None:
    """A copy may exist; who owns it can tell. Section 7.2 leaves to us what follows."""
    _regressed.add(1)
    logger.warning("passkey.regressed", user_id=passkey.user_id, passkey_id=passkey.id)
    await notices.write(ground, tx, passkey.user_id, "passkey_regressed", name=passkey.name)
