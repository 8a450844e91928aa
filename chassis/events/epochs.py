"""Epochs: the log of a database that was restored is another log, and says so."""

import structlog

from chassis.postgres import Database

logger = structlog.get_logger()


async def new_epoch(db: Database) -> int:
    """Begins a new epoch and returns it: to be run by command after a restore, before the service starts.

    Listeners with copies then take them anew from the snapshot; those without go on from the last position
    that both logs share.
    """
    epoch: int = await db.fetchval(
        """update outbox_head set
            epoch = greatest(epoch + 1, (extract(epoch from clock_timestamp()) * 1000)::bigint),
            began = position, published = position
        returning epoch"""
    )
    logger.warning("outbox.epoch.began", epoch=epoch)
    return epoch
