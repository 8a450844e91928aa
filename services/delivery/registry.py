"""What delivery asks registry: whose application it is, and what this person may do with it."""

from typing import Literal

from nats.aio.client import Client

from chassis.wire import questions
from contracts.applications import Application
from contracts.questions.registry import ActionClaim, ApplicationFor

ASKER = "delivery"
WAIT_SECONDS = 2.0

Need = Literal["read", "manage", "own"]


class Registry:
    """Registry as this process reaches it."""

    def __init__(self, nats: Client) -> None:
        self._nats = nats

    async def application(self, user_id: int, application_id: int, need: Need) -> Application:
        """The application, if this person may do that with it.

        Raises registry's `not_found` and `forbidden_role`, NoInstance and DeadlinePassed.
        """
        question = ApplicationFor(application_id=application_id, user_id=user_id, need=need)
        return await questions.ask(self._nats, ASKER, question, WAIT_SECONDS)

    async def claim(self, admin_id: int, action: str, target: str, nonce: str) -> None:
        """Uses up the nonce of this act. Raises registry's `nonce_used` and `step_up_required`."""
        question = ActionClaim(admin_id=admin_id, action=action, target=target, nonce=nonce)
        await questions.ask(self._nats, ASKER, question, WAIT_SECONDS)
