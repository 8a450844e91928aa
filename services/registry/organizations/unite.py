"""What follows when auth has merged two accounts of one person: what was one's in organisations is the other's."""

from chassis.postgres import Tx
from services.registry.members import store as members
from services.registry.organizations import store


async def people(tx: Tx, absorbed: int, survivor: int) -> None:
    """In the transaction that hears of it; again it changes nothing. Of two roles the higher one stays."""
    await members.hand_over(tx, absorbed, survivor)
    await store.hand_over_apps(tx, absorbed, survivor)
