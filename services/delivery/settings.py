"""What delivery needs to know before it starts."""

from chassis.service import ServiceSettings
from chassis.settings import Secret


class Settings(ServiceSettings, frozen=True, kw_only=True):
    key_encryption_keys: Secret
    """`v2:<base64 of 32 bytes>,v1:…`: the first seals signing secrets, all of them open (chassis.vault)."""
    dispatch_slots: int = 512
    """Webhooks that one process has in hand; of one application four are on their way at a time."""
