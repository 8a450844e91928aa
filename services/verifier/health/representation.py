"""The card of a relying party's health: what the routes take and show (verifier.md B7)."""

from datetime import datetime
from typing import Literal

import msgspec

from services.verifier.ground import Ground
from services.verifier.health import chart, target
from services.verifier.health.change import Switch, Switched
from services.verifier.health.chart import Part
from services.verifier.health.store import Health, Result, State

LAST: int = 24
"""Results that are shown one by one; the chart has the rest."""

U = msgspec.UnsetType


class SwitchBody(msgspec.Struct, kw_only=True):
    enabled: bool | U = msgspec.UNSET
    host: str | U | None = msgspec.UNSET

    def wanted(self) -> Switch:
        return Switch(enabled=self.enabled, host=self.host)


class RotateBody(msgspec.Struct, kw_only=True):
    compromised: bool = False
    """Whether the old secret is known to somebody else: it is forgotten at once."""


class HealthView(msgspec.Struct, kw_only=True):
    """`host` is what is called, `hosts` what may be chosen; `results` are the newest first."""

    enabled: bool
    state: State
    reason: str | None
    since: datetime
    last_checked_at: datetime | None
    last_ok_at: datetime | None
    latency_ms: int | None
    drift_s: int | None
    next_check_at: datetime | None
    host: str | None
    hosts: list[str]
    results: list[Result]
    chart: list[Part]
    rp_health_secret: str | U = msgspec.UNSET


class StateView(msgspec.Struct, kw_only=True):
    """What a check found."""

    state: State
    reason: str | None
    since: datetime
    last_checked_at: datetime | None
    latency_ms: int | None
    drift_s: int | None


class SecretView(msgspec.Struct, kw_only=True):
    """A new secret, shown this once."""

    rp_health_secret: str
    rp_health_secret_shown_once: Literal[True] = True


def show(ground: Ground, health: Health, results: list[Result], switched: Switched | None = None) -> HealthView:
    view = HealthView(
        enabled=health.enabled,
        state=health.state,
        reason=health.reason,
        since=health.since,
        last_checked_at=health.last_checked_at,
        last_ok_at=health.last_ok_at,
        latency_ms=health.latency_ms,
        drift_s=health.drift_s,
        next_check_at=health.next_probe_at,
        host=health.host,
        hosts=target.hosts(health.uris, ground.policy),
        results=results[: -LAST - 1 : -1],
        chart=chart.parts(results, ground.clock.now()),
    )
    if switched is not None and switched.secret is not None:
        view.rp_health_secret = switched.secret.reveal()
    return view


def show_state(health: Health) -> StateView:
    return StateView(
        state=health.state,
        reason=health.reason,
        since=health.since,
        last_checked_at=health.last_checked_at,
        latency_ms=health.latency_ms,
        drift_s=health.drift_s,
    )
