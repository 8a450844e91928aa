"""Callers and applications for registry's tests."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from contracts.applications import Application
from contracts.principal import Pak

_ids = itertools.count(1000)


@dataclass
class Peers:
    applied: list[Application] = field(default_factory=list)


def a_developer(**changes: Any) -> Pak:
    user_id = next(_ids)
    given = {"role": "developer", "identity_verified_level": 1, "scopes": ("apps:manage",)}
    return Pak(user_id=user_id, sub=str(user_id), pak_id=1, **{**given, **changes})


def an_app(**changes: Any) -> dict[str, Any]:
    body = {"name": "Acme Notes", "redirect_uris": ["http://localhost:4000/cb"], "allowed_scopes": ["openid", "email"]}
    return {"application": {**body, **changes}}
