"""What every verb of delivery stands on."""

import msgspec

from chassis.clock import Clock
from chassis.postgres import Database
from chassis.vault import Vault

QUEUE = "queue"
"""What a commit wakes dispatcher, streams and long polls with: there may be something to deliver."""


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    db: Database
    clock: Clock
    vault: Vault
