"""Callers and applications for registry's tests."""

import base64
import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from chassis.settings import Secret
from contracts.applications import Application
from contracts.principal import Pak, Session
from contracts.questions.delivery import EndpointApply
from services.registry.settings import Settings

_ids = itertools.count(1000)


@dataclass
class Peers:
    applied: list[Application] = field(default_factory=list)
    endpoints: list[EndpointApply] = field(default_factory=list)


def settings(nats_url: str, postgres_url: str, **changes: Any) -> Settings:
    key = base64.b64encode(b"k" * 32).decode()
    given = {
        "environment": "local",
        "issuer": "http://localhost:8000",
        "nats_url": nats_url,
        "postgres_url": Secret(postgres_url),
        "key_encryption_keys": Secret(f"v1:{key}"),
        "health_port": 0,
    }
    return Settings(**{**given, **changes})


def a_developer(**changes: Any) -> Pak:
    user_id = next(_ids)
    given = {"role": "developer", "identity_verified_level": 1, "scopes": ("apps:manage",)}
    return Pak(user_id=user_id, sub=str(user_id), pak_id=1, **{**given, **changes})


def an_app(**changes: Any) -> dict[str, Any]:
    body = {"name": "Acme Notes", "redirect_uris": ["http://localhost:4000/cb"], "allowed_scopes": ["openid", "email"]}
    return {"application": {**body, **changes}}


def a_session(user_id: int | None = None, **changes: Any) -> Session:
    """A browser of a developer; `csrf` goes with it."""
    number = user_id or next(_ids)
    given = {
        "role": "developer",
        "identity_verified_level": 1,
        "session_id": "s",
        "csrf_token": "",
        "authenticated_at": datetime.now(UTC),
        "methods": ("pwd",),
    }
    return Session(user_id=number, sub=str(number), **{**given, **changes})


def an_admin(**changes: Any) -> Session:
    return a_session(role="admin", **changes)
