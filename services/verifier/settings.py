"""What verifier needs to know before it starts."""

from datetime import datetime

from chassis.outbound import OutboundSettings
from chassis.service import ServiceSettings
from chassis.settings import Secret


class Settings(ServiceSettings, frozen=True, kw_only=True):
    key_encryption_keys: Secret
    """`v2:<base64 of 32 bytes>,v1:…`: the first seals health secrets, all of them open (chassis.vault)."""
    secret_key_base: Secret
    """Challenges are derived from it (verifier.md A3)."""
    previous_secret_key_base: Secret | None = None
    """The one before: what was published for it counts for 30 days more."""
    secret_key_rotated_at: datetime | None = None
    """When the current one took its place, as `2026-11-01T00:00:00Z`; needed beside the previous one."""
    perspective: str = "main"
    """From where this process looks at the internet, as its findings are labelled (verifier.md A4)."""
    perspectives: tuple[str, ...] = ()
    """All that are asked, this one's label among them or not; only this process where empty."""
    health_slots: int = 20
    """Health probes that this process makes at a time, over all applications (verifier.md B5)."""
    recheck_slots: int = 4
    """Re-checks of redirect URIs that this process makes at a time."""


class PerspectiveSettings(OutboundSettings, frozen=True, kw_only=True):
    """What a process needs that only looks: no database and no key."""

    perspective: str
