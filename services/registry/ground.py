"""What every verb of registry stands on."""

import msgspec

from chassis.clock import Clock
from chassis.outbound import Policy
from chassis.postgres import Database
from services.registry.applications.effects import Effects


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    db: Database
    clock: Clock
    effects: Effects
    outbound: Policy
    issuer: str
