"""What every verb of auth stands on."""

import msgspec

from chassis.clock import Clock
from chassis.outbound import Outbound
from chassis.postgres import Database
from chassis.vault import Vault
from services.auth.authorize.drift import Drifts
from services.auth.clients.known import Clients
from services.auth.keys.ring import Ring
from services.auth.passwords.breached import Breached
from services.auth.passwords.hashing import Passwords
from services.auth.settings import Settings
from services.auth.token.judge import Asked, Judged
from services.auth.token.together import Together


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    settings: Settings
    clock: Clock
    db: Database
    vault: Vault
    clients: Clients
    outbound: Outbound
    """The way to servers that somebody else named."""
    ring: Ring
    machines: Together[Asked, Judged]
    """Answers requests for machine tokens, those of one moment by one statement."""
    drifts: Drifts = msgspec.field(default_factory=Drifts)
    passwords: Passwords = msgspec.field(default_factory=Passwords)
    breached: Breached = msgspec.field(default_factory=Breached)

    @property
    def issuer(self) -> str:
        return self.settings.issuer
