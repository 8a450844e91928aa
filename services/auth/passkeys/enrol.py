"""Making, naming and removing passkeys (WebAuthn section 7.1)."""

from typing import Final

import msgspec
import webauthn
from webauthn.helpers import parse_client_data_json, parse_registration_credential_json
from webauthn.helpers.structs import RegistrationCredential
from webauthn.registration.verify_registration_response import VerifiedRegistration

from chassis.problems import NotFound, Problem, Unauthorized, ValidationFailed
from contracts.principal import Session
from services.auth import sessions
from services.auth.accounts import store as accounts
from services.auth.accounts import ways_in
from services.auth.backup_codes import make
from services.auth.backup_codes import store as backup_codes
from services.auth.factors import notices
from services.auth.factors import store as factors
from services.auth.ground import Ground
from services.auth.names import tidy
from services.auth.passkeys import challenges, show, store
from services.auth.passkeys.show import PasskeyRefused
from services.auth.passkeys.store import NewPasskey, Passkey
from services.auth.principals import revocations
from services.auth.sessions.store import Proof

MOST: Final = 20
LONGEST_NAME: Final = 80

VERIFIED: Final = Proof(methods=("pop", "user", "mfa"))
MERELY_HELD: Final = Proof()
"""Of an authenticator that did not check its user: it is no proof of who made it."""


class TooManyPasskeys(Problem):
    status, code = 409, "too_many_passkeys"
    default_detail = f"An account has at most {MOST} passkeys; remove one first."


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """`backup_codes` are shown in this reply alone, where there were none before; `cookie` is the renewed session's."""

    passkey: Passkey
    backup_codes: tuple[str, ...]
    cookie: str


async def options(ground: Ground, caller: Session) -> str:
    """What the browser needs to ask for a passkey, as JSON. Raises TooManyPasskeys, Unauthorized."""
    account = await accounts.by_id(ground.db, caller.user_id)
    if account is None:
        raise Unauthorized
    held = await store.of(ground.db, account.id)
    if len(held) >= MOST:
        raise TooManyPasskeys
    return await challenges.to_make(ground, _bound_to(caller), account, held)


async def finish(ground: Ground, caller: Session, answer: str, name: str) -> Made:
    """Raises ValidationFailed, PasskeyRefused, TooManyPasskeys, Unauthorized."""
    called = _name(name)
    good, transports = await _verified(ground, caller, answer)
    new = NewPasskey(
        user_id=caller.user_id,
        credential_id=good.credential_id,
        public_key=good.credential_public_key,
        sign_count=good.sign_count,
        name=called,
        transports=transports,
        synced=good.credential_backed_up,
    )
    now = ground.clock.now()
    async with ground.db.transaction() as tx:
        account = await accounts.lock(tx, caller.user_id)  # passkeys made at once are counted one after the other
        if account is None or not account.living:
            raise Unauthorized
        if len(await store.of(tx, account.id)) >= MOST:
            raise TooManyPasskeys
        passkey = await store.insert(tx, new, now)
        if passkey is None:
            raise PasskeyRefused
        made = await make.first_ones(tx, account.id, now)
        await notices.added(ground, tx, account.id, "passkey", name=called)
        proof = VERIFIED if good.user_verified else MERELY_HELD
        cookie = await sessions.renew(tx, bytes.fromhex(caller.session_id), proof, now)
        if cookie is None:
            raise Unauthorized
    return Made(passkey=passkey, backup_codes=made, cookie=cookie)


async def rename(ground: Ground, user_id: int, passkey_id: int, name: str) -> Passkey:
    """Raises ValidationFailed, NotFound."""
    found = await store.rename(ground.db, user_id, passkey_id, _name(name))
    if found is None:
        raise NotFound
    return found


async def remove(ground: Ground, user_id: int, passkey_id: int) -> None:
    """From the commit on it opens nothing. Raises NotFound, LastIdentity."""
    async with ground.db.transaction() as tx:
        await ways_in.hold(tx, user_id)
        name = await store.remove(tx, user_id, passkey_id)
        if name is None:
            raise NotFound
        await ways_in.must_be_left(tx, user_id)
        if not (await factors.enrolled(tx, user_id)).any:
            await backup_codes.remove(tx, user_id)
        await revocations.advance(tx)
        await notices.removed(ground, tx, user_id, "passkey", name=name)


async def _verified(ground: Ground, caller: Session, answer: str) -> tuple[VerifiedRegistration, tuple[str, ...]]:
    if len(answer) > show.LONGEST:
        raise PasskeyRefused
    try:
        credential = parse_registration_credential_json(answer)
        challenge = parse_client_data_json(credential.response.client_data_json).challenge
    except Exception as error:  # parsers of strangers' bytes raise what they meet
        raise PasskeyRefused from error
    if not await challenges.spend(ground, challenge, _bound_to(caller)):
        raise PasskeyRefused
    try:
        good = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=challenges.rp_id(ground.issuer),
            expected_origin=challenges.origins(ground),
            supported_pub_key_algs=challenges.ALGORITHMS,
        )
    except Exception as error:  # parsers of strangers' bytes raise what they meet
        raise PasskeyRefused from error
    return good, _transports(credential)


def _transports(credential: RegistrationCredential) -> tuple[str, ...]:
    return tuple(transport.value for transport in credential.response.transports or ())[:10]


def _name(text: str) -> str:
    called = tidy(text, LONGEST_NAME)
    if called is None:
        raise ValidationFailed(fields={"name": [f"A name of 1 to {LONGEST_NAME} printable characters is needed."]})
    return called


def _bound_to(caller: Session) -> bytes:
    return factors.digest(f"enrol {caller.session_id}")
