"""Token exchange (RFC 8693): a personal API key becomes a token, and an authorised machine acts for a person."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import msgspec

from chassis.postgres import Tx
from chassis.problems import InvalidRequest
from contracts.ids import is_pak
from contracts.principal import Refused
from contracts.scopes import full_name
from services.auth.authorize import request
from services.auth.clients.authenticate import UnauthorizedClient
from services.auth.ground import Ground
from services.auth.token import audience, log
from services.auth.token.issue import Signing, Tokens
from services.auth.token.refusals import ClientChanged, InvalidScope, InvalidTarget
from services.auth.token.request import Issued, Requested
from services.auth.tokens import families, verify
from services.auth.tokens.families import Family

PAK: Final = "urn:logi:params:oauth:token-type:pak"
ACCESS_TOKEN: Final = "urn:ietf:params:oauth:token-type:access_token"


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """In whose name, with what at most, and for how long at most."""

    family: Family
    expires_at: datetime | None = None


async def issue(ground: Ground, requested: Requested) -> Issued:
    """Raises UnauthorizedClient, InvalidRequest, InvalidScope, InvalidTarget, ClientChanged."""
    app, form, now = requested.app, requested.form, ground.clock.now()
    if not (app.allow_token_exchange or app.first_party):
        raise UnauthorizedClient("This app may not exchange tokens.")
    if form.get("actor_token") is not None or form.get("actor_token_type") is not None:
        raise InvalidRequest("An actor_token is not taken: the client that asks is the actor.")
    if form.get("requested_token_type") not in {None, ACCESS_TOKEN}:
        raise InvalidRequest(f"requested_token_type has to be {ACCESS_TOKEN}.")
    if form.get("audience") is not None:
        raise InvalidTarget("Name a resource, not an audience.")
    subject = await _subject(ground, requested, form.need("subject_token"), form.need("subject_token_type"), now)
    signing = await Signing.ready(ground)
    async with ground.db.transaction() as tx:
        # By the record of this moment: a permission that was taken away is missing at once.
        if await tx.fetchval("select version from clients where client_id = $1", app.client_id) != app.version:
            raise ClientChanged
        return await _issued(tx, requested, subject, signing, now)


async def _subject(ground: Ground, requested: Requested, token: str, kind: str, now: datetime) -> Subject:
    if kind == PAK:
        return await _of_api_key(ground, requested, token, now)
    if kind == ACCESS_TOKEN:
        return await _of_access_token(ground, requested, token)
    raise InvalidRequest(f"subject_token_type has to be {PAK} or {ACCESS_TOKEN}.")


async def _of_api_key(ground: Ground, requested: Requested, shown: str, now: datetime) -> Subject:
    """The person's own key says what they want, so that nobody else is the actor."""
    row = None
    if is_pak(shown):
        row = await ground.db.fetchrow(
            """select k.id, k.user_id, k.scopes, k.expires_at, k.created_at,
                coalesce((select g.sub from grants g where g.user_id = k.user_id and g.client_id = $3),
                    k.user_id::text) as sub
            from api_keys k join users u on u.id = k.user_id
            where k.sha256 = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > $2)
                and u.deleted_at is null and u.suspended_at is null and not u.anonymous""",
            sha256(shown.encode()).digest(),
            now,
            requested.app.client_id,
        )
    if row is None:
        raise InvalidRequest("subject_token is not a personal API key that counts.")
    family = Family(
        id=families.new_id(),
        client_id=requested.app.client_id,
        user_id=row["user_id"],
        sub=row["sub"],
        scopes=tuple(row["scopes"]),
        authenticated_at=row["created_at"],
        methods=(),
        api_key_id=row["id"],
    )
    return Subject(family=family, expires_at=row["expires_at"])


async def _of_access_token(ground: Ground, requested: Requested, shown: str) -> Subject:
    """Impersonation: only what can authenticate may be the actor, and it is named in `act`."""
    app = requested.app
    if app.client_type == "public" or not app.allow_token_exchange:
        raise UnauthorizedClient("This app may not act for people.")
    found = await verify.look(ground, shown)
    if isinstance(found, Refused) or found.row["user_id"] is None:
        raise InvalidRequest("subject_token is not an access token of a person that counts.")
    claims = found.claims
    if claims.jkt is not None or claims.act is not None:
        raise InvalidRequest("subject_token is bound to a key, or is of an impersonation already.")
    parent_id = families.family_of(claims.jti)
    async with ground.db.transaction() as tx:
        parent = None if parent_id is None else await families.find(tx, parent_id)
    if parent is None:
        raise InvalidRequest("subject_token is not an access token of a person that counts.")
    family = Family(
        id=families.new_id(),
        client_id=app.client_id,
        user_id=parent.user_id,
        sub=claims.sub,
        scopes=tuple((claims.scope or "").split()),
        authenticated_at=parent.authenticated_at,
        methods=parent.methods,
        actor=app.client_id,
        parent_id=parent.id,
        parent_jti=claims.jti,
    )
    return Subject(family=family, expires_at=datetime.fromtimestamp(claims.exp, ground.clock.now().tzinfo))


async def _issued(tx: Tx, requested: Requested, subject: Subject, signing: Signing, now: datetime) -> Issued:
    resources = requested.form.resources
    if len(resources) > 1:
        raise InvalidTarget("Name one resource: each gets a token of its own.")
    family = msgspec.structs.replace(subject.family, scopes=_narrowed(requested, subject.family), resources=resources)
    target = None if not resources else await audience.find(tx, resources[0], family.user_id, family.scopes)
    tokens = Tokens.new(requested, family, family.scopes, now, target)
    if subject.expires_at is not None and subject.expires_at < tokens.life.expires:
        # Not longer than what it was exchanged for.
        whole = now + timedelta(seconds=int((subject.expires_at - now).total_seconds()))
        tokens = msgspec.structs.replace(tokens, life=tokens.life._replace(expires=whole))
    await families.begin(tx, family, now, tokens.life.expires)
    await log.write(tx, tokens.entry(requested))
    issued = tokens.written(signing, nonce=None)
    return msgspec.structs.replace(issued, refresh_token=None, id_token=None, issued_token_type=ACCESS_TOKEN)


def _narrowed(requested: Requested, family: Family) -> tuple[str, ...]:
    wanted = requested.form.get("scope")
    if wanted is None:
        return family.scopes
    scopes, held = request.scopes(wanted), {full_name(scope) for scope in family.scopes}
    if not {full_name(scope) for scope in scopes} <= held:
        raise InvalidScope("An exchange cannot ask for more than the subject_token has.")
    return scopes
