"""What registry needs to know before it starts."""

from chassis.service import ServiceSettings
from chassis.settings import Secret


class Settings(ServiceSettings, frozen=True, kw_only=True):
    key_encryption_keys: Secret
    """`v2:<base64 of 32 bytes>,v1:…`: the first seals documents and kept answers, all of them open (chassis.vault)."""
    operator_email: str | None = None
    """Told of each application for promotion by mail."""
    support_email: str | None = None
    """Shown on the console's page for help."""
    telegram_api: str = "https://api.telegram.org"
    telegram_bot_token: Secret | None = None
    telegram_chat_id: str | None = None
    """With the token, the chat that is told of each application for promotion."""
    operator_webhook_url: Secret | None = None
    """`{"text": …}` is posted here for any other chat tool; such an address is a secret by itself."""
    dcr_require_initial_access_token: bool = False
    """Whether dynamic registration needs a token made by `initial-token` (registry.md 11)."""
    dcr_redirect_hosts: tuple[str, ...] = ()
    """Hosts of https redirect URIs that self-registered clients may use; loopback and own schemes always."""
    registrations_per_hour: int = 10
    registrations_per_day: int = 30
    """Per developer over all of their keys (registry.md 12); business, so counted in Postgres."""
    tos_version: str = "1"
    dpa_version: str = "1"
    """What an applicant agrees to; stored with the application for promotion."""
