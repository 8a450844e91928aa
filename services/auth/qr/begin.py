"""A browser asks for a picture, and is given what only it holds."""

import secrets
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode, urlsplit
from uuid import UUID, uuid4

from chassis import work
from services.auth.accounts import returning
from services.auth.authorize import methods
from services.auth.ground import Ground
from services.auth.qr import store
from services.auth.qr.holder import Holder
from services.auth.qr.store import QrSession
from services.auth.sessions.store import Place

LIFETIME: Final = timedelta(minutes=5)
APPROVE: Final = "/account/qr"
"""The page where a person with another device says yes or no; below /account, so that sign-in leads back to it."""

METHOD: Final = "app"


async def begin(ground: Ground, return_to: str, place: Place) -> tuple[Holder, QrSession]:
    """Raises LoginMethodNotAllowed."""
    await methods.must_take(ground, return_to, METHOD)
    pending, now = await methods.waiting(ground, return_to), ground.clock.now()
    made = QrSession(
        id=uuid4(),
        return_to=returning.safe(return_to),
        client_id=None if pending is None else pending.request.client_id,
        scopes=() if pending is None else pending.request.scopes,
        number=10 + secrets.randbelow(90),
        ip=place.ip,
        user_agent=place.user_agent[:400],
        state="pending",
        created_at=now,
        expires_at=now + LIFETIME,
    )
    holder = Holder.new(made.id)
    with work.unit("qr.begun") as unit:
        unit.note(client_id=made.client_id)
        await store.insert(ground.db, made, holder.digest)
    return holder, made


def payload(issuer: str, session: UUID) -> str:
    """What the picture holds: an address of ours with `session` and `domain`, which any phone's camera can follow."""
    return f"{issuer}{APPROVE}?{urlencode({'session': str(session), 'domain': urlsplit(issuer).netloc})}"
