"""The sessions of a person: where they are signed in, and ending them from anywhere."""

from datetime import datetime

import msgspec

from chassis.problems import NotFound
from services.auth.ground import Ground
from services.auth.logout import outbox
from services.auth.principals import revocations
from services.auth.sessions import life, store


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """`id` opens nothing; `current` is the session that asks."""

    id: str
    ip: str
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    methods: tuple[str, ...]
    current: bool


async def living(ground: Ground, user_id: int, current: str | None) -> list[SessionView]:
    """The one that was seen last first. `current`: the id of the session that asks, if one does."""
    found = await store.of_person(ground.db, user_id, ground.clock.now())
    return [
        SessionView(
            id=one.id.hex(),
            ip=one.ip,
            user_agent=one.user_agent,
            created_at=one.created_at,
            last_seen_at=one.last_seen_at,
            expires_at=one.expires_at,
            methods=one.methods,
            current=one.id.hex() == current,
        )
        for one in found
    ]


async def end(ground: Ground, user_id: int, session_id: str) -> None:
    """From the commit on its cookie opens nothing. Raises NotFound for another's, and for one that is over."""
    now = ground.clock.now()
    async with ground.db.transaction() as tx:
        if not await store.is_of(tx, _bytes(session_id), user_id):
            raise NotFound
        if not await life.end(tx, _bytes(session_id), now):
            raise NotFound


async def end_others(ground: Ground, user_id: int, current: str | None) -> int:
    """Ends all but `current`; how many there were."""
    now = ground.clock.now()
    async with ground.db.transaction() as tx:
        ended = await store.delete_others(tx, user_id, _bytes(current or ""))
        for sid in ended:
            await outbox.session_ended(tx, sid, now)
        if ended:
            await revocations.advance(tx)
    return len(ended)


def _bytes(shown: str) -> bytes:
    try:
        return bytes.fromhex(shown)
    except ValueError:
        return b""
