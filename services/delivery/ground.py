"""What every verb of delivery stands on."""

import msgspec

from chassis.clock import Clock
from chassis.postgres import Database
from chassis.vault import Vault


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    db: Database
    clock: Clock
    vault: Vault
