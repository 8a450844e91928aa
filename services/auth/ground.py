"""What every verb of auth stands on."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from chassis.clock import Clock
from chassis.outbound import Outbound
from chassis.postgres import Database
from chassis.vault import Vault
from contracts.applications import Application
from services.auth.authorize.drift import Drifts
from services.auth.clients.known import Clients
from services.auth.keys.ring import Ring
from services.auth.passwords.breached import Breached
from services.auth.passwords.hashing import Passwords
from services.auth.settings import Settings
from services.auth.together import Together
from services.auth.token.judge import Asked, Judged
from services.auth.tokens.claims import Claims
from services.auth.tokens.endings import Endings
from services.auth.tokens.remembered import Remembered
from services.auth.upstream.providers import Providers

AskSeen = Callable[[int, int], Awaitable[Application]]
AskHeld = Callable[[int, str | None], Awaitable[dict[str, list[dict[str, Any]]]]]
AskOwned = Callable[[int], Awaitable[tuple[str, ...]]]


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    settings: Settings
    clock: Clock
    db: Database
    vault: Vault
    clients: Clients
    outbound: Outbound
    """The way to servers that somebody else named."""
    ring: Ring
    solely_owned: AskOwned
    """Asks registry for the organisations that would lose their last owner with this person (registry.md 11)."""
    held_by_registry: AskHeld
    """Asks registry what it holds about a person with this number and this proved address, by table."""
    seen_by: AskSeen
    """Asks registry for an application by its number, if this person may see it; its `not_found` otherwise."""
    machines: Together[Asked, Judged]
    """Answers requests for machine tokens, those of one moment by one statement."""
    providers: Providers = msgspec.field(default_factory=Providers)
    """What is known of the providers that people sign in with."""
    endings: Endings
    """Knows which access tokens have ended."""
    remembered: Remembered[Claims] = msgspec.field(default_factory=Remembered)
    drifts: Drifts = msgspec.field(default_factory=Drifts)
    passwords: Passwords = msgspec.field(default_factory=Passwords)
    breached: Breached = msgspec.field(default_factory=Breached)

    @property
    def issuer(self) -> str:
        return self.settings.issuer
