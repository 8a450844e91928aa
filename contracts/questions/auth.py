"""What other processes ask auth."""

from typing import ClassVar

import msgspec

from contracts.applications import Application
from contracts.principal import Principal
from contracts.questions import Question


class PrincipalOf(Question[Principal], frozen=True, kw_only=True):
    """Whose credential is this? Asked by the gateway for every route whose credential is not `own`."""

    owner: ClassVar[str] = "auth"
    name: ClassVar[str] = "principal"
    answer: ClassVar[object] = Principal

    authorization: str | None = None
    """The Authorization header as it came; it beats the cookie."""
    session: str | None = None
    """The value of the session cookie."""
    dpop: str | None = None
    method: str = "GET"
    url: str = ""


class Applied(msgspec.Struct, frozen=True):
    """The version that the asked one holds now; at least the one it was given."""

    version: int


class ClientApply(Question[Applied], frozen=True, kw_only=True):
    """Registry's change must hold at once: upsert the client if this is newer, commit, and only then answer."""

    owner: ClassVar[str] = "auth"
    name: ClassVar[str] = "client.apply"
    answer: ClassVar[object] = Applied

    application: Application
