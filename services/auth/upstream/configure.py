"""An operator sets providers up: what comes by standard input is checked, its secret is sealed (chassis.vault)."""

import re
from typing import Any, Final

import msgspec

from chassis.clock import Clock
from chassis.postgres import Database
from chassis.vault import Vault
from services.auth.upstream import plans, store
from services.auth.upstream.exchange import about, private_key
from services.auth.upstream.store import Connector

KEY: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")
TAKEN: Final = frozenset({"email", "app", "passkey"})
"""Login methods that are no providers (auth.md 2.8)."""

NAMES: Final = {"google": "Google", "apple": "Apple", "kakao": "Kakao", "github": "GitHub"}


class ConnectorUnusable(Exception):
    """Nobody could sign in by it; the message says what is missing."""


class Given(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`secret` is the client secret, or for Apple the content of its .p8 file."""

    client_id: str
    secret: str
    preset: str | None = None
    """As the key where that is a preset's name, else `oidc`."""
    name: str | None = None
    settings: dict[str, Any] = {}
    enabled: bool = True


async def connector(db: Database, vault: Vault, clock: Clock, key: str, document: bytes) -> None:
    """Makes or replaces a connector. Raises ConnectorUnusable."""
    given = _given(key, document)
    preset = given.preset or (key if key in plans.PRESETS else "oidc")
    try:
        plan = plans.plan(preset, given.settings)
    except KeyError:
        raise ConnectorUnusable(f"there is no preset {preset}; there are {', '.join(plans.PRESETS)}") from None
    except msgspec.ValidationError as error:
        raise ConnectorUnusable(f"settings: {error}") from None
    if plan.fault is not None:
        raise ConnectorUnusable(plan.fault)
    if plan.client_auth == "apple":
        try:
            private_key(given.secret.encode())
        except (ValueError, TypeError):
            raise ConnectorUnusable("the secret has to be the P-256 key of Apple's .p8 file, in PEM") from None
    made = Connector(
        key=key,
        preset=preset,
        name=given.name or NAMES.get(key, key),
        client_id=given.client_id,
        sealed=vault.seal(given.secret.encode(), about(key)),
        settings=given.settings,
        enabled=given.enabled,
    )
    await store.set_connector(db, made, clock.now())


def _given(key: str, document: bytes) -> Given:
    if not KEY.fullmatch(key) or key in TAKEN:
        raise ConnectorUnusable("a key is lower-case letters, digits and hyphens, and none of email, app, passkey")
    try:
        given = msgspec.json.decode(document, type=Given)
    except msgspec.DecodeError as error:
        raise ConnectorUnusable(f"standard input: {error}") from None
    if not given.client_id or not given.secret:
        raise ConnectorUnusable("client_id and secret are needed")
    return given
