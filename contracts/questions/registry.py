"""What other services ask registry."""

from typing import ClassVar, Literal

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

    Asked by verifier and delivery for their routes below an application; membership is registry's to know.
    """

    owner: ClassVar[str] = "registry"
    name: ClassVar[str] = "application"
    answer: ClassVar[object] = Application

    application_id: int
    user_id: int
    need: Literal["read", "manage"]


class ApplicationOf(Question[Application], frozen=True, kw_only=True):
    """Any application by its number, for what is nobody's: an administrator's look. The Problem `not_found` if none.

    Asked only for callers whom the asking service has recognised as administrators.
    """

    owner: ClassVar[str] = "registry"
    name: ClassVar[str] = "application.any"
    answer: ClassVar[object] = Application

    application_id: int


class VerificationApply(Question[Applied], frozen=True, kw_only=True):
    """Verifier's finding is stamped on the application before verifier answers its caller."""

    owner: ClassVar[str] = "registry"
    name: ClassVar[str] = "verification.apply"
    answer: ClassVar[object] = Applied

    application_id: int
    uri: str
    verification: Verification
