"""What every verb of registry stands on."""

import msgspec

from chassis.clock import Clock
from chassis.outbound import Outbound, Policy
from chassis.postgres import Database
from chassis.vault import Vault
from services.registry.applications.effects import Effects
from services.registry.lists.rendered import Rendered
from services.registry.settings import Settings


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    db: Database
    clock: Clock
    effects: Effects
    outbound: Policy
    client: Outbound
    vault: Vault
    issuer: str
    settings: Settings
    rendered: Rendered = msgspec.field(default_factory=Rendered)
