"""What other services ask registry."""

from typing import Any, ClassVar, Literal

from contracts.applications import Application, Verification
from contracts.questions import Question
from contracts.questions.auth import Applied


class ClientOf(Question[Application | None], frozen=True, kw_only=True):
    """Auth reads through to the owner when it meets a client_id that its copy does not hold."""

    owner: ClassVar[str] = "registry"
    name: ClassVar[str] = "client"
    answer: ClassVar[object] = Application | None

    client_id: str


class ApplicationFor(Question[Application], frozen=True, kw_only=True):
    """May this person see or manage this application? Answers the record; the Problem `not_found` (404) if not.

    Asked by verifier, delivery and auth for their routes below an application; membership is registry's to know.
    """

    owner: ClassVar[str] = "registry"
    name: ClassVar[str] = "application"
    answer: ClassVar[object] = Application

    application_id: int
    user_id: int
    need: Literal["read", "manage", "own"]
    """`own` is for owners and admins of its organisation alone; the Problem `forbidden_role` (403) for others."""


class ApplicationOf(Question[Application], frozen=True, kw_only=True):
    """Any application by its number, for what is nobody's: an administrator's look. The Problem `not_found` if none.

    Asked only for callers whom the asking service has recognised as administrators.
    """

    owner: ClassVar[str] = "registry"
    name: ClassVar[str] = "application.any"
    answer: ClassVar[object] = Application

    application_id: int


class HealthSwitch(Question[Application], frozen=True, kw_only=True):
    """Verifier's card switches the health check where it is kept: on the record. Answers the record as it is now.

    The Problems `not_found` (404) and `forbidden_role` (403) for whom may not edit the application.
    """

    owner: ClassVar[str] = "registry"
    name: ClassVar[str] = "health.switch"
    answer: ClassVar[object] = Application

    application_id: int
    user_id: int
    via: Literal["session", "pak", "access_token"]
    enabled: bool


class VerificationApply(Question[Applied], frozen=True, kw_only=True):
    """Verifier's finding is stamped on the application before verifier answers its caller."""

    owner: ClassVar[str] = "registry"
    name: ClassVar[str] = "verification.apply"
    answer: ClassVar[object] = Applied

    application_id: int
    uri: str
    verification: Verification


class SolelyOwned(Question[tuple[str, ...]], frozen=True, kw_only=True):
    """Auth asks before an account is deleted; while there are any, it cannot be (registry.md 11).

    Answers slugs of organisations with other members that would lose their last owner.
    """

    owner: ClassVar[str] = "registry"
    name: ClassVar[str] = "organizations.solely_owned"
    answer: ClassVar[object] = tuple[str, ...]

    user_id: int


class HoldingsOf(Question[dict[str, list[dict[str, Any]]]], frozen=True, kw_only=True):
    """What registry holds about a person, by table: auth gives them a copy, and nobody else (auth.md 1.3).

    `email` is the address that they have proved: what was sent to it is theirs. An address that somebody merely claims
    is another person's, whose invitations are none of their business.
    """

    owner: ClassVar[str] = "registry"
    name: ClassVar[str] = "holdings"
    answer: ClassVar[object] = dict[str, list[dict[str, Any]]]

    user_id: int
    email: str | None = None


class ActionClaim(Question[Applied], frozen=True, kw_only=True):
    """A service uses up the nonce that an administrator got for one dangerous act (registry.md 10).

    The Problems `step_up_required` where there is none for this administrator, action and target, or it has expired,
    and `nonce_used` where it was used before.
    """

    owner: ClassVar[str] = "registry"
    name: ClassVar[str] = "action.claim"
    answer: ClassVar[object] = Applied

    nonce: str
    admin_id: int
    action: str
    target: str
