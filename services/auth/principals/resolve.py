"""Answers `ask.auth.principal`: one query for each kind of credential, and Refused with the reason for what is none."""

import base64
import binascii
from collections.abc import Awaitable, Callable
from datetime import timedelta
from hashlib import sha256
from typing import Final
from urllib.parse import unquote_plus

from chassis.clock import Clock
from chassis.postgres import Database
from contracts.ids import is_pak
from contracts.principal import AccessToken, Anonymous, Client, Pak, Principal, Refused, Session
from contracts.questions.auth import PrincipalOf
from services.auth import sessions
from services.auth.api_keys import store as api_keys
from services.auth.sessions.store import SignedIn

USED_EVERY: Final = timedelta(minutes=10)
"""`last_used_at` is a help for the owner's eye, not worth a write per request."""

VerifyToken = Callable[[str, PrincipalOf], Awaitable[AccessToken | Refused]]
AuthenticateClient = Callable[[str, str], Awaitable[Client | Refused]]


class Resolver:
    """`verify_token` judges access tokens, `authenticate_client` a client_id with its secret."""

    def __init__(
        self, db: Database, clock: Clock, verify_token: VerifyToken, authenticate_client: AuthenticateClient
    ) -> None:
        self._db, self._clock = db, clock
        self._verify_token, self._authenticate_client = verify_token, authenticate_client

    async def of(self, question: PrincipalOf) -> Principal:
        """Authorization beats the cookie, even where it does not count: nobody is someone else by accident."""
        if question.authorization is not None:
            scheme, _, rest = question.authorization.strip().partition(" ")
            return await self._authorized(scheme.lower(), rest.strip(), question)
        if question.session is None:
            return Anonymous()
        found = await sessions.read(self._db, question.session, self._clock.now())
        return Refused(why="expired", via="cookie") if found is None else _session(found)

    async def _authorized(self, scheme: str, shown: str, question: PrincipalOf) -> Principal:
        if scheme == "basic":
            return await self._basic(shown)
        if scheme == "dpop":
            return await self._verify_token(shown, question)
        if scheme != "bearer" or not shown:
            return Refused(why="malformed")
        if shown.startswith(("lpa_pat_", "logi_pak_")):
            return await self._pak(shown)
        if shown.count(".") == 2:
            return await self._verify_token(shown, question)
        return Refused(why="malformed")

    async def _pak(self, shown: str) -> Pak | Refused:
        """A typing error is found by the checksum and costs no query."""
        if not is_pak(shown):
            return Refused(why="malformed")
        row = await self._db.fetchrow(
            """select k.id, k.user_id, k.scopes, k.expires_at, k.last_used_at, k.revoked_at, k.organization,
                u.role, u.identity_verified_level, u.deleted_at is null and u.suspended_at is null as living
            from api_keys k join users u on u.id = k.user_id where k.sha256 = $1""",
            sha256(shown.encode()).digest(),
        )
        now = self._clock.now()
        if row is None:
            return Refused(why="unknown")
        if row["revoked_at"] is not None:
            return Refused(why="revoked")
        if row["expires_at"] is not None and row["expires_at"] <= now:
            return Refused(why="expired")
        if not row["living"]:
            return Refused(why="user_inactive")
        if row["last_used_at"] is None or row["last_used_at"] < now - USED_EVERY:
            await api_keys.used(self._db, row["id"], now)
        return Pak(
            user_id=row["user_id"],
            sub=str(row["user_id"]),
            role=row["role"],
            identity_verified_level=row["identity_verified_level"],
            scopes=tuple(row["scopes"]),
            pak_id=row["id"],
            organization=row["organization"],
        )

    async def _basic(self, shown: str) -> Client | Refused:
        """RFC 6749 section 2.3.1: both halves are form-encoded before they are joined."""
        try:
            client_id, colon, secret = base64.b64decode(shown, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return Refused(why="malformed", via="basic")
        if not colon:
            return Refused(why="malformed", via="basic")
        return await self._authenticate_client(unquote_plus(client_id), unquote_plus(secret))


def _session(found: SignedIn) -> Session:
    return Session(
        user_id=found.user_id,
        sub=found.sub,
        role=found.role,
        identity_verified_level=found.identity_verified_level,
        session_id=found.id.hex(),
        csrf_token=found.csrf_token,
        authenticated_at=found.authenticated_at,
        methods=found.methods,
        factors=found.factors,
        passkey_at=found.passkey_at,
        otp_at=found.otp_at,
        confirmed_at=found.confirmed_at,
    )
