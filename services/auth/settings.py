"""What auth needs to know before it starts."""

from datetime import timedelta

from chassis.service import ServiceSettings
from chassis.settings import Secret


class Settings(ServiceSettings, frozen=True, kw_only=True):
    key_encryption_keys: Secret
    """`v2:<base64 of 32 bytes>,v1:…`: the first seals signing keys and seeds, all of them open (chassis.vault)."""
    smtp_url: Secret
    mail_from: str = "logi <no-reply@logi.example>"
    synthetic_mail_domain: str = "users.invalid"
    """Of addresses that stand where somebody has none; nothing is ever mailed to them (auth.md 0)."""
    idle_anonymous_kept: timedelta = timedelta(days=180)
    """How long an account of nobody stays that nothing uses; `0s` keeps it for ever (auth.md 6.2)."""
    token_slots: int = 64
    """Token requests that one process works on at a time; sign-in floods have slots of their own."""
    web_slots: int = 32
    client_id_metadata: bool = True
    """Whether an https address may serve as client_id, whose document is then fetched (auth.md 2.10)."""
    signing_key_period: timedelta = timedelta(days=90)
    """After this a new signing key is published, and signs a day later (auth.md 3.8)."""
    dpop_nonces: bool = True
    """Whether a DPoP proof at the token endpoint has to carry a nonce of ours (RFC 9449 section 8)."""
    breached_passwords_url: str | None = None
    """Of a service of leaked passwords that is asked by hash prefix, `https://…/range`; without it our list decides."""
