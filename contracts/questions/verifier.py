"""What other services ask verifier."""

from typing import ClassVar

import msgspec

from contracts.applications import Application
from contracts.questions import Question


class HealthSecret(msgspec.Struct, frozen=True, kw_only=True):
    """Shown once at registration; None where the application had its secret already."""

    rp_health_secret: str | None = None


class HealthApply(Question[HealthSecret], frozen=True, kw_only=True):
    """Registry asks when an application is registered, because its answer shows the secret that verifier makes."""

    owner: ClassVar[str] = "verifier"
    name: ClassVar[str] = "health.apply"
    answer: ClassVar[object] = HealthSecret

    application: Application
