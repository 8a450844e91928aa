"""Failed sign-ins per (account, network). Another network has its own count, so nobody can lock the owner out."""

from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

from chassis.postgres import Database

ALLOWED: Final = 5
WINDOW: Final = timedelta(minutes=15)


async def take(db: Database, email_key: str, ip: str, now: datetime) -> int | None:
    """Counts one try, before the password is looked at, so that parallel guesses count too.

    Returns None while tries are left, else the seconds until there are new ones. Unknown addresses count alike.
    """
    row = await db.fetchrow(
        """insert into sign_in_tries as t (account, network, began_at, tries) values ($1, $2, $3, 1)
        on conflict (account, network) do update set
            tries = case when t.began_at <= $4 then 1 else t.tries + 1 end,
            began_at = case when t.began_at <= $4 then $3 else t.began_at end
        returning tries, began_at""",
        _account(email_key),
        network(ip),
        now,
        now - WINDOW,
    )
    if row is None or row["tries"] <= ALLOWED:
        return None
    return max(1, int((row["began_at"] + WINDOW - now).total_seconds()))


async def forget(db: Database, email_key: str, ip: str) -> None:
    """A right password shows that the earlier ones were slips."""
    await db.execute("delete from sign_in_tries where account = $1 and network = $2", _account(email_key), network(ip))


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
