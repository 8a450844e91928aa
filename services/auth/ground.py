"""What every verb of auth stands on."""

import msgspec

from chassis.clock import Clock
from chassis.postgres import Database
from chassis.vault import Vault
from services.auth.clients.known import Clients
from services.auth.keys.ring import Ring
from services.auth.settings import Settings


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    settings: Settings
    clock: Clock
    db: Database
    vault: Vault
    clients: Clients
    ring: Ring

    @property
    def issuer(self) -> str:
        return self.settings.issuer
