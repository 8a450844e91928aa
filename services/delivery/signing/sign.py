"""The three signatures of a webhook (delivery.md 4.2, 4.3 and 4.5); none of them covers its own time but the last."""

import base64
import hashlib
import hmac

from chassis.settings import Secret


def mac(secret: Secret, body: bytes) -> str:
    """Lower-case hex HMAC-SHA256, keyed with the secret's characters as they are displayed."""
    return hmac.new(secret.reveal().encode(), body, hashlib.sha256).hexdigest()


def legacy(body_mac: str) -> str:
    """The value of X-Logi-Signature for the older events; the time stands in X-Logi-Timestamp."""
    return f"sha256={body_mac}"


def outbox(body_mac: str, kid: str, timestamp: int) -> str:
    """The value of X-Logi-Signature for all others; `timestamp` is that of the attempt, in unix seconds."""
    return f"t={timestamp},kid={kid},v1={body_mac}"


def standard(secret: Secret, event_id: str, timestamp: int, body: bytes) -> str:
    """One signature of the Standard Webhooks header; its key is what follows `whsec_`, decoded."""
    key = base64.b64decode(secret.reveal().removeprefix("whsec_"))
    signed = standard_content(event_id, timestamp, body)
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def standard_content(event_id: str, timestamp: int, body: bytes) -> bytes:
    """What a Standard Webhooks signature covers."""
    return f"{event_id}.{timestamp}.".encode() + body
