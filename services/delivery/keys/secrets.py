"""How new signing secrets look (delivery.md 9.2)."""

import base64
import secrets

from chassis.settings import Secret


def new_kid() -> str:
    return f"whk_{secrets.token_hex(4)}"


def new_signing_secret() -> Secret:
    """`whsec_` and 32 random bytes in base64, as Standard Webhooks libraries read them."""
    return Secret("whsec_" + base64.b64encode(secrets.token_bytes(32)).decode())


def new_webhook_secret() -> Secret:
    """The older events' single secret, which has no key id."""
    return Secret("whs_" + secrets.token_hex(32))
