"""The challenge of one redirect URI of one application (verifier.md A3)."""

import hashlib
import hmac

from chassis.settings import Secret

PURPOSE = ":logi-redirect-verify"

DNS_LABEL = "_logi-verify"
WELL_KNOWN_PATH = "/.well-known/logi-verification.txt"


def value(key: Secret, application_id: int, uri: str) -> str:
    """64 lower-case hex digits; the same for ever, so nothing is stored. `uri` is byte for byte the registered one."""
    message = f"{application_id}:{uri}"
    return hmac.new((key.reveal() + PURPOSE).encode(), message.encode(), hashlib.sha256).hexdigest()


def dns_record(host: str) -> str:
    """The name whose TXT record holds the value; `host` in lower-case A-labels without a trailing dot."""
    return f"{DNS_LABEL}.{host}"
