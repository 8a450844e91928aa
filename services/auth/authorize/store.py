"""Requests that wait for their person, and what people have granted."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec

from chassis.postgres import Database, Tx
from chassis.problems import Unauthorized
from contracts.scopes import full_name
from services.auth.anonymous.refusals import AnonymousNotAllowed
from services.auth.authorize.request import AuthorizationRequest

REPORT_EVERY = timedelta(hours=1)
"""The last use of a redirect URI is for the owner's eye, who waits a week before removing one."""


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """A request that passed its checks at `created_at`; its parameters cannot change any more."""

    request: AuthorizationRequest
    created_at: datetime
    chosen: bytes | None = None
    """The session whose account was chosen for it, where it wants one to be chosen."""


def digest(secret: str) -> bytes:
    """Under which a handle, or a code, is kept."""
    return sha256(secret.encode(errors="surrogatepass")).digest()


async def keep(db: Database, sha256: bytes, pending: Pending, expires_at: datetime) -> None:
    await db.execute(
        """insert into authorization_requests (sha256, client_id, request, created_at, expires_at)
        values ($1, $2, $3, $4, $5)""",
        sha256,
        pending.request.client_id,
        pending.request,
        pending.created_at,
        expires_at,
    )


async def find(db: Database, sha256: bytes, now: datetime) -> Pending | None:
    row = await db.fetchrow(
        "select request, created_at, chosen from authorization_requests where sha256 = $1 and expires_at > $2",
        sha256,
        now,
    )
    return None if row is None else msgspec.convert(dict(row), Pending)


async def prolong(db: Database, sha256: bytes, now: datetime, until: datetime) -> None:
    """A request that lives is kept at least until then."""
    await db.execute(
        """update authorization_requests set expires_at = greatest(expires_at, $3)
        where sha256 = $1 and expires_at > $2""",
        sha256,
        now,
        until,
    )


async def choose(db: Database, sha256: bytes, session: bytes, now: datetime) -> bool:
    """Keeps which session's account was chosen; whether the request was still waiting."""
    found = await db.fetchval(
        "update authorization_requests set chosen = $2 where sha256 = $1 and expires_at > $3 returning true",
        sha256,
        session,
        now,
    )
    return found is not None


async def finish(tx: Tx | Database, sha256: bytes) -> bool:
    """Ends a request; of two who try at once, one is told True."""
    found = await tx.fetchval("delete from authorization_requests where sha256 = $1 returning true", sha256)
    return found is not None


class Held(msgspec.Struct, frozen=True):
    """What a person has allowed an application before, and who they are to it."""

    scopes: frozenset[str] = frozenset()
    sub: str | None = None
    admitted: bool = True
    """False where an anonymous person meets an application that does not take anonymous people (auth.md 6.4)."""


_ADMITTED = """(not u.anonymous or coalesce((c.record->>'allow_anonymous_grants')::boolean, false)
    or coalesce((c.record->>'first_party')::boolean, false))"""


_NOBODY_YET = "select anonymous from users where id = $1 and deleted_at is null and suspended_at is null"


async def granted(db: Database, user_id: int, client_id: str) -> Held:
    row = await db.fetchrow(
        f"""select coalesce(g.scopes, '{{}}') as scopes, g.sub, {_ADMITTED} as admitted
        from users u left join clients c on c.client_id = $2
        left join grants g on g.user_id = u.id and g.client_id = $2 where u.id = $1""",
        user_id,
        client_id,
    )
    return Held() if row is None else Held(frozenset(row["scopes"]), row["sub"], row["admitted"])


async def grant(tx: Tx, user_id: int, client_id: str, scopes: Sequence[str], now: datetime) -> str:
    """Adds scopes to the grant, making it where there is none; returns the `sub` that it keeps for ever.

    Every grant is made here, so this is where anonymous people are refused, and whoever has just been absorbed by
    another account: the lock waits for that. Raises AnonymousNotAllowed, Unauthorized.
    """
    sub: str | None = await tx.fetchval(
        f"""with admitted as (
            select u.id from users u left join clients c on c.client_id = $2 where u.id = $1 and {_ADMITTED}
                and u.deleted_at is null and u.suspended_at is null
            for key share of u
        ), met as (
            insert into acquaintances (user_id, client_id, sub, since) select id, $2, $3, $5 from admitted
            on conflict do nothing
        )
        insert into grants as g (user_id, client_id, sub, scopes, created_at, updated_at)
        select id, $2, $3, $4, $5, $5 from admitted
        on conflict (user_id, client_id) do update set
            scopes = array(select distinct unnest(g.scopes || excluded.scopes) order by 1), updated_at = $5
        returning sub""",
        user_id,
        client_id,
        str(user_id),
        list(map(full_name, scopes)),
        now,
    )
    if sub is not None:
        return sub
    raise AnonymousNotAllowed if await tx.fetchval(_NOBODY_YET, user_id) else Unauthorized


async def used(tx: Tx, client_id: str, uri: str, now: datetime) -> bool:
    """Whether the use of a redirect URI is to be reported: for one of those who ask within REPORT_EVERY."""
    due = await tx.fetchval(
        """insert into redirect_uri_uses as u (client_id, uri, reported_at) values ($1, $2, $3)
        on conflict (client_id, uri) do update set reported_at = $3 where u.reported_at <= $4
        returning true""",
        client_id,
        uri,
        now,
        now - REPORT_EVERY,
    )
    return due is not None


async def push(
    db: Database, sha256: bytes, client_id: str, params: list[tuple[str, str]], expires_at: datetime
) -> None:
    """Keeps what an application has pushed."""
    await db.execute(
        "insert into pushed_requests (sha256, client_id, params, expires_at) values ($1, $2, $3, $4)",
        sha256,
        client_id,
        params,
        expires_at,
    )


async def pull(db: Database, sha256: bytes, client_id: str, now: datetime) -> object:
    """The parameters, which are gone then; of two who try at once, one gets them."""
    return await db.fetchval(
        "delete from pushed_requests where sha256 = $1 and client_id = $2 and expires_at > $3 returning params",
        sha256,
        client_id,
        now,
    )


async def prolong_pushed(db: Database, sha256: bytes, client_id: str, now: datetime, until: datetime) -> object:
    """The parameters, which stay for a later `pull` at least until then."""
    return await db.fetchval(
        """update pushed_requests set expires_at = greatest(expires_at, $4)
        where sha256 = $1 and client_id = $2 and expires_at > $3 returning params""",
        sha256,
        client_id,
        now,
        until,
    )


async def drift(db: Database, client_id: str, scopes: Sequence[str], now: datetime) -> None:
    """One row for each application, written once a minute at most: strangers can ask in its name."""
    await db.execute(
        """insert into scope_drifts as d (client_id, scopes, last_at) values ($1, $2, $3)
        on conflict (client_id) do update set scopes = excluded.scopes, last_at = excluded.last_at
        where d.scopes <> excluded.scopes or d.last_at < excluded.last_at - interval '1 minute'""",
        client_id,
        list(scopes),
        now,
    )


async def drifts(db: Database, since: datetime) -> dict[str, list[str]]:
    """By client_id, the latest ten thousand."""
    rows = await db.fetch(
        "select client_id, scopes from scope_drifts where last_at > $1 order by last_at desc limit 10000", since
    )
    return {row["client_id"]: row["scopes"] for row in rows}


async def notice_is_due(tx: Tx, client_id: str, now: datetime) -> bool:
    """Whether a day has passed since the last notice; of two who ask at once, one is told True."""
    found = await tx.fetchval(
        """update scope_drifts set noticed_at = $2::timestamptz
        where client_id = $1 and (noticed_at is null or noticed_at <= $2::timestamptz - interval '1 day')
        returning true""",
        client_id,
        now,
    )
    return found is not None
