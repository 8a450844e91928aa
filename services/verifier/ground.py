"""What every verb of verifier stands on."""

import msgspec

from chassis.clock import Clock
from chassis.outbound import Policy
from chassis.postgres import Database
from chassis.vault import Vault
from services.verifier.challenge.keys import Keys
from services.verifier.health.probe import Caller
from services.verifier.perspectives.panel import Panel
from services.verifier.proof.prove import Prover
from services.verifier.registry import Registry


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    db: Database
    clock: Clock
    registry: Registry
    prover: Prover
    panel: Panel
    policy: Policy
    keys: Keys
    vault: Vault
    health: Caller
