"""What other services ask delivery."""

from typing import ClassVar

import msgspec

from contracts.applications import Application
from contracts.questions import Question


class SigningSecrets(msgspec.Struct, frozen=True, kw_only=True):
    """Shown once at registration; empty where the application had its keys already."""

    kid: str | None = None
    signing_secret: str | None = None
    webhook_secret: str | None = None


class EndpointApply(Question[SigningSecrets], frozen=True, kw_only=True):
    """Registry asks when an application is registered or changed, so that the next step finds it in force.

    Delivery upserts its copy if newer and makes the first signing key and the legacy secret if there are none.
    """

    owner: ClassVar[str] = "delivery"
    name: ClassVar[str] = "endpoint.apply"
    answer: ClassVar[object] = SigningSecrets

    application: Application
    webhook_saved: bool = False
    """Somebody has saved the webhook's URL, be it the same: pushes to it begin anew (delivery.md 5.5)."""
