"""Failed sign-ins, counted so that nobody can lock the owner out.

Tries count per account and network, and those of strange browsers per account besides. A browser that the account knows
has a count of its own, and the owner of the mailbox can make any browser known (reset.choose.let_in).
"""

from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

import msgspec

from chassis.postgres import Database, Tx

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
    here, everywhere = await _take_both(db, email_key, network(ip), now)
    if everywhere is None:
        return Wait(here.seconds)
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


def _one_more(try_: str, *, since: str) -> str:
    """The upsert of a try ($1 the account, $2 now); counts anew what began before the parameter `since`."""
    return f"""insert into sign_in_tries as t (account, network, began_at, tries) {try_}
        on conflict (account, network) do update set
            tries = case when t.began_at <= {since} then 1 else t.tries + 1 end,
            began_at = case when t.began_at <= {since} then $2 else t.began_at end
        returning tries, began_at"""


_HERE: Final = _one_more("values ($1, $3, $2, 1)", since="$4")

_HERE_AND_ANYWHERE: Final = f"""with here as ({_HERE}),
    everywhere as ({_one_more("select $1, $5, $2, 1 from here where tries <= $7", since="$6")})
    select here.*, everywhere.tries as all_tries, everywhere.began_at as all_began_at
    from here left join everywhere on true"""  # noqa: S608 - the two above


async def _take(db: Database, email_key: str, where: str, now: datetime, window: timedelta) -> _Count:
    row = await db.fetchrow(_HERE, _account(email_key), now, where, now - window)
    if row is None:
        raise RuntimeError("an upsert returned nothing")
    return _counted(row["tries"], row["began_at"], now, window)


async def _take_both(db: Database, email_key: str, where: str, now: datetime) -> tuple[_Count, _Count | None]:
    """One try here and, if that was allowed, one anywhere: what is refused here uses up no tries of others."""
    row = await db.fetchrow(
        _HERE_AND_ANYWHERE,
        _account(email_key),
        now,
        where,
        now - WINDOW,
        ANYWHERE,
        now - STRANGERS_WINDOW,
        ALLOWED,
    )
    if row is None:
        raise RuntimeError("an upsert returned nothing")
    here = _counted(row["tries"], row["began_at"], now, WINDOW)
    if row["all_tries"] is None:
        return here, None
    return here, _counted(row["all_tries"], row["all_began_at"], now, STRANGERS_WINDOW)


def _counted(tries: int, began_at: datetime, now: datetime, window: timedelta) -> _Count:
    return _Count(tries, max(1, int((began_at + window - now).total_seconds())))


async def forget(tx: Tx, email_key: str, ip: str, device: str | None = None) -> None:
    """A right password shows that the earlier ones from there were slips, and was itself no stranger's try.

    What strangers tried elsewhere stays. The counts are locked until `tx` ends: the last thing it does.
    """
    if device is not None:
        await _forget(tx, email_key, device)
        return
    await tx.execute(
        # It counts the slips so that they are locked first, as counting a try does.
        """with slips as (delete from sign_in_tries where account = $1 and network = $2 returning true)
        update sign_in_tries set tries = tries - 1
        where account = $1 and network = $3 and tries > 0 and (select count(*) from slips) >= 0""",
        _account(email_key),
        network(ip),
        ANYWHERE,
    )


async def forget_inside(db: Database, email_key: str, session_id: str) -> None:
    """The same for a session."""
    await _forget(db, email_key, _inside(session_id))


async def _forget(on: Database | Tx, email_key: str, where: str) -> None:
    await on.execute("delete from sign_in_tries where account = $1 and network = $2", _account(email_key), where)


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
