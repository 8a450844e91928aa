"""Epochs: the log of a database that was restored is another log, and says so."""

import structlog

from chassis.postgres import Database, Tx

logger = structlog.get_logger()

SKIPPED_IDS = 10**9
"""More than any service hands out between a dump and its restore, and a small part of 2**53, which JSON can carry."""


async def new_epoch(db: Database) -> int:
    """Begins a new epoch and returns it: to be run by command after a restore, before the service starts.

    Listeners with copies then take them anew from the snapshot; those without go on from the last position
    that both logs share.
    """
    async with db.transaction() as tx:
        await _skip_ids(tx)
        epoch: int = await tx.fetchval(
            """update outbox_head set
                epoch = greatest(epoch + 1, (extract(epoch from clock_timestamp()) * 1000)::bigint),
                began = position, published = position
            returning epoch"""
        )
    logger.warning("outbox.epoch.began", epoch=epoch)
    return epoch


async def _skip_ids(tx: Tx) -> None:
    """No id is given twice: others know those that were given after the dump, and one of them may be a person's sub.

    Whoever got such a number anew would be taken for the one who has it in the world.
    """
    await tx.execute(
        """select setval(sequence.oid::regclass, coalesce(pg_sequence_last_value(sequence.oid), 0) + $1)
        from pg_class sequence join pg_sequence kind on kind.seqrelid = sequence.oid
        where sequence.relnamespace = current_schema()::regnamespace and kind.seqtypid = 'bigint'::regtype""",
        SKIPPED_IDS,
    )
