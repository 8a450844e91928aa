"""Why a native consent is refused; the codes are those that the browser's way tells the application (auth.md 4.1)."""

from typing import Final

from chassis.problems import Problem
from services.auth.authorize.refusals import BackToClient

OF_THE_PERSON: Final = frozenset({"access_denied", "login_required", "consent_required", "interaction_required"})


class AuthorizationRefused(Problem):
    """What the application would be told by redirect; here the app that asked passes it on."""

    status, code = 400, "invalid_request"

    def __init__(self, refusal: BackToClient) -> None:
        self.code = refusal.error  # type: ignore[misc] # one class for all codes of RFC 6749 section 4.1.2.1
        self.status = 403 if refusal.error in OF_THE_PERSON else 400  # type: ignore[misc] # as above
        super().__init__(refusal.description)
