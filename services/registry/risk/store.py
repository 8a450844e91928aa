"""What a score needs to know of a developer and of everybody else."""

from datetime import datetime, timedelta

from chassis.postgres import Database, Tx
from services.registry.applications.store import Stored
from services.registry.risk.score import Approved, Circumstances


async def circumstances(db: Database | Tx, stored: Stored, now: datetime) -> Circumstances:
    person = await db.fetchrow("select email, created_at from developers where user_id = $1", stored.registered_by)
    lately = await db.fetchval(
        "select count(*) from applications where registered_by = $1 and created_at > $2",
        stored.registered_by,
        now - timedelta(days=30),
    )
    return Circumstances(
        now=now,
        account_created_at=person["created_at"] if person else None,
        email=person["email"] if person else None,
        registered_lately=int(lately),
        approved=await _approved(db, stored),
    )


async def _approved(db: Database | Tx, stored: Stored) -> Approved:
    """Other organisations' live apps."""
    rows = await db.fetch(
        """
        select a.name, array(
            select distinct lower(split_part(split_part(split_part(u.uri, '://', 2), '/', 1), ':', 1))
            from redirect_uris u where u.application_id = a.id and u.uri_class = 'production') as hosts
        from applications a
        where a.tier = 'production' and a.deleted_at is null and a.organization_id is distinct from $1
        """,
        stored.organization_id,
    )
    hosts = sorted({host for row in rows for host in row["hosts"]})
    return Approved(names=tuple(row["name"] for row in rows), hosts=tuple(hosts))
