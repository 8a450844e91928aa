"""Registry's part in delivery's tests: who owns what, and nonces that are good once."""

from chassis.problems import NotFound, Problem
from contracts.applications import Application
from contracts.questions.auth import Applied
from contracts.questions.registry import ActionClaim, ApplicationFor


class StepUpRequired(Problem):
    status, code = 403, "step_up_required"


class NonceUsed(Problem):
    status, code = 409, "nonce_used"


class Registrar:
    """Answers as registry does."""

    def __init__(self) -> None:
        self._owned: dict[tuple[int, int], Application] = {}
        self._announced: dict[str, tuple[int, str, str]] = {}
        self._used: set[str] = set()

    def owns(self, user_id: int, app: Application) -> None:
        self._owned[user_id, app.id] = app

    def announce(self, admin_id: int, action: str, target: str) -> str:
        nonce = f"nonce-{len(self._announced)}"
        self._announced[nonce] = (admin_id, action, target)
        return nonce

    async def application(self, question: ApplicationFor) -> Application:
        found = self._owned.get((question.user_id, question.application_id))
        if found is None:
            raise NotFound
        return found

    async def claim(self, question: ActionClaim) -> Applied:
        wanted = (question.admin_id, question.action, question.target)
        if self._announced.get(question.nonce) != wanted:
            raise StepUpRequired
        if question.nonce in self._used:
            raise NonceUsed
        self._used.add(question.nonce)
        return Applied(0)
