"""What verifier needs to know before it starts."""

from chassis.service import ServiceSettings
from chassis.settings import Secret


class Settings(ServiceSettings, frozen=True, kw_only=True):
    secret_key_base: Secret
    """Challenges are derived from it (verifier.md A3); another one makes every published challenge worthless."""
    perspective: str = "main"
    """From where this process looks at the internet, as its findings are labelled (verifier.md A4)."""
