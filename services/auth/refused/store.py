"""The line of a refused request in the token log."""

from datetime import datetime

import msgspec

from chassis.postgres import Database


class RefusedRequest(msgspec.Struct, frozen=True, kw_only=True):
    at: datetime
    grant_type: str
    ip: str
    user_agent: str
    request_id: str
    error: str

    @property
    def code(self) -> str:
        return self.error.partition(":")[0]

    @property
    def cause(self) -> str:
        return self.error.partition(":")[2].strip()


async def of_client(db: Database, client_id: str, request_id: str) -> RefusedRequest | None:
    """None for a request of another application, and once the log has forgotten it."""
    row = await db.fetchrow(
        """select at, grant_type, ip, user_agent, request_id, error from token_log
        where request_id = $2 and outcome = 'refused' and client_id = $1 and error is not null
        order by at desc limit 1""",
        client_id,
        request_id,
    )
    return None if row is None else msgspec.convert(dict(row), RefusedRequest)
