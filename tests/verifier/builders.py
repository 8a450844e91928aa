"""Callers, applications and the registry that knows them, for verifier's tests."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from chassis.problems import NotFound
from contracts.applications import Application, RedirectUri
from contracts.principal import Pak
from contracts.questions.auth import Applied
from contracts.questions.registry import ApplicationFor, ApplicationOf, HealthSwitch, VerificationApply

_ids = itertools.count(1000)

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass
class Registrar:
    """Registry as verifier hears it: knows owners, notes stamps."""

    owned: dict[tuple[int, int], Application] = field(default_factory=dict)
    stamped: list[VerificationApply] = field(default_factory=list)

    def has(self, owner: Pak, *uris: str) -> Application:
        """A new application of this developer."""
        app = an_application(*uris)
        self.owned[owner.user_id, app.id] = app
        return app

    async def application(self, question: ApplicationFor | HealthSwitch) -> Application:
        found = self.owned.get((question.user_id, question.application_id))
        if found is None:
            raise NotFound
        return found

    async def any_application(self, question: ApplicationOf) -> Application:
        for (_, number), app in self.owned.items():
            if number == question.application_id:
                return app
        raise NotFound

    async def switch(self, question: HealthSwitch) -> Application:
        found = await self.application(question)
        app = msgspec.structs.replace(found, version=found.version + 1, health_check_enabled=question.enabled)
        self.owned[question.user_id, question.application_id] = app
        return app

    async def stamp(self, question: VerificationApply) -> Applied:
        self.stamped.append(question)
        return Applied(2)


def a_developer(**changes: Any) -> Pak:
    user_id = next(_ids)
    given = {"role": "developer", "identity_verified_level": 1, "scopes": ("apps:manage",), "pak_id": 1}
    return Pak(**{"user_id": user_id, "sub": str(user_id), **given, **changes})


def an_application(*uris: str, **changes: Any) -> Application:
    number = next(_ids)
    given: dict[str, Any] = {
        "id": number,
        "client_id": f"logi_{number:032x}",
        "version": 1,
        "name": "Acme Notes",
        "client_type": "confidential",
        "token_endpoint_auth_method": "client_secret_basic",
        "redirect_uris": tuple(RedirectUri(uri=uri, uri_class="production") for uri in uris),
        "allowed_scopes": ("openid",),
        "status": "pending",
        "created_at": BEGAN,
        "updated_at": BEGAN,
    }
    return Application(**{**given, **changes})


def a_host() -> str:
    """A name that no other test has used up the attempts of."""
    return f"rp{next(_ids)}.example"
