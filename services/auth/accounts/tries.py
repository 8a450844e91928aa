"""Failed sign-ins, counted so that nobody can lock the owner out.

Tries count per account and network, and those of strange browsers per account besides. A browser that the account knows
has a count of its own, and the owner of the mailbox can make any browser known (reset.choose.let_in).
"""

from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

import msgspec

from chassis.postgres import Database

ALLOWED: Final = 5
WINDOW: Final = timedelta(minutes=15)

ALLOWED_TO_STRANGERS: Final = 100
"""From all networks together: NIST SP 800-63B section 5.2.2 wants no more in a row."""

STRANGERS_WINDOW: Final = timedelta(hours=24)
ANYWHERE: Final = "anywhere"


class Wait(msgspec.Struct, frozen=True):
    """How long a browser has to wait; `anywhere` if no other network would help."""

    seconds: int
    anywhere: bool = False


async def count(db: Database, email_key: str, ip: str, device: str | None, now: datetime) -> Wait | None:
    """Counts one try at the door, before the password is looked at, so that parallel guesses count too.

    `device` names a browser that the account knows. Unknown addresses count alike.
    """
    if device is not None:
        left = await _take(db, email_key, device, now, WINDOW)
        return Wait(left.seconds) if left.tries > ALLOWED else None
    here = await _take(db, email_key, network(ip), now, WINDOW)
    if here.tries > ALLOWED:
        # What is refused here is no try at the account, so it does not use up the tries of others.
        return Wait(here.seconds)
    everywhere = await _take(db, email_key, ANYWHERE, now, STRANGERS_WINDOW)
    return Wait(everywhere.seconds, anywhere=True) if everywhere.tries > ALLOWED_TO_STRANGERS else None


async def take(db: Database, email_key: str, session_id: str, now: datetime) -> int | None:
    """Counts one try of who is inside already. None while tries are left, else the seconds until there are new ones.

    By session: whoever stole one gets no more tries from other networks, and uses up none of the owner's.
    """
    here = await _take(db, email_key, _inside(session_id), now, WINDOW)
    return here.seconds if here.tries > ALLOWED else None


class _Count(msgspec.Struct, frozen=True):
    tries: int
    seconds: int
    """Until there are new tries."""


async def _take(db: Database, email_key: str, where: str, now: datetime, window: timedelta) -> _Count:
    row = await db.fetchrow(
        """insert into sign_in_tries as t (account, network, began_at, tries) values ($1, $2, $3, 1)
        on conflict (account, network) do update set
            tries = case when t.began_at <= $4 then 1 else t.tries + 1 end,
            began_at = case when t.began_at <= $4 then $3 else t.began_at end
        returning tries, began_at""",
        _account(email_key),
        where,
        now,
        now - window,
    )
    if row is None:
        raise RuntimeError("an upsert returned nothing")
    return _Count(row["tries"], max(1, int((row["began_at"] + window - now).total_seconds())))


async def forget(db: Database, email_key: str, ip: str, device: str | None = None) -> None:
    """A right password shows that the earlier ones from there were slips, and was itself no stranger's try.

    What strangers tried elsewhere stays.
    """
    await _forget(db, email_key, device or network(ip))
    if device is None:
        await db.execute(
            "update sign_in_tries set tries = tries - 1 where account = $1 and network = $2 and tries > 0",
            _account(email_key),
            ANYWHERE,
        )


async def forget_inside(db: Database, email_key: str, session_id: str) -> None:
    """The same for a session."""
    await _forget(db, email_key, _inside(session_id))


async def _forget(db: Database, email_key: str, where: str) -> None:
    await db.execute("delete from sign_in_tries where account = $1 and network = $2", _account(email_key), where)


def _inside(session_id: str) -> str:
    return f"session:{session_id}"


def network(ip: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 address: what one household has."""
    try:
        address = ip_address(ip)
    except ValueError:
        return "unknown"
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), 64), strict=False))


def _account(email_key: str) -> bytes:
    return sha256(email_key.encode()).digest()
