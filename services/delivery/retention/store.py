"""Old rows found by their block ranges: tables are written in the order of time, so no index need be kept for it."""

from datetime import datetime, timedelta

from chassis.postgres import Database


async def old_events(db: Database, before: datetime, most: int) -> int:
    """Ends an application's log at its older end; the cursor of what went is expired (delivery.md 7.4)."""
    return _count(
        await db.execute(
            """
            delete from event_log where ctid = any (array(select ctid from event_log where occurred_at < $1 limit $2))
              and occurred_at < $1
            """,
            before,
            most,
        )
    )


async def old_rows(db: Database, before: datetime, most: int) -> int:
    """Rows that are still to be delivered go too: nothing is retried for thirty days."""
    return _count(
        await db.execute(
            """
            delete from webhook_outbox
            where ctid = any (array(select ctid from webhook_outbox where enqueued_at < $1 limit $2))
              and enqueued_at < $1
            """,
            before,
            most,
        )
    )


async def old_attempts(db: Database, before: datetime, most: int) -> int:
    return _count(
        await db.execute(
            """
            delete from webhook_attempts
            where ctid = any (array(select ctid from webhook_attempts where started_at < $1 limit $2))
              and started_at < $1
            """,
            before,
            most,
        )
    )


async def old_notes(db: Database, before: datetime, most: int) -> int:
    """What a stream had to be told of itself and never took."""
    return _count(
        await db.execute(
            """
            delete from ssf_notes where jti = any (array(select jti from ssf_notes where created_at < $1 limit $2))
            """,
            before,
            most,
        )
    )


async def old_closings(db: Database, before: datetime, most: int) -> int:
    """Accounts whose purge was never told of: a month after it, nobody asks any more."""
    return _count(
        await db.execute(
            """
            delete from closed_accounts
            where ctid = any (array(select ctid from closed_accounts where closed_at < $1 limit $2))
              and closed_at < $1
            """,
            before - timedelta(days=30),
            most,
        )
    )


def _count(status: str) -> int:
    return int(status.rpartition(" ")[2])
