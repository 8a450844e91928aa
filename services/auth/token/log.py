"""The log of token requests: every one of a known client stands here before it is answered (auth.md section 8)."""

from datetime import datetime
from uuid import UUID, uuid4

import msgspec

from chassis.postgres import Database, Tx
from chassis.problems import Problem


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Where a request came from."""

    ip: str
    user_agent: str
    request_id: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line; never a secret, never a token."""

    at: datetime
    grant_type: str
    client_id: str
    caller: Caller
    jti: UUID | None = None
    sub: str | None = None
    resource: str | None = None
    scopes: tuple[str, ...] = ()
    error: str | None = None


def cause(problem: Problem) -> str:
    """What the log says of a refusal: its code, and why."""
    return f"{problem.code}: {problem.detail}" if problem.detail else problem.code


async def write(db: Tx | Database, entry: Entry) -> None:
    """In the transaction of the grant where there is one, so that nothing is issued unseen."""
    await db.execute(
        """insert into token_log (at, id, grant_type, client_id, outcome, jti, sub, resource, scopes, ip, user_agent,
            request_id, error) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)""",
        entry.at,
        uuid4(),
        entry.grant_type,
        entry.client_id,
        "issued" if entry.error is None else "refused",
        entry.jti,
        entry.sub,
        entry.resource,
        list(entry.scopes),
        entry.caller.ip,
        entry.caller.user_agent,
        entry.caller.request_id,
        entry.error,
    )
