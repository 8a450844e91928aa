"""What verifier asks registry: whose application it is, and that a finding be stamped on it."""

from typing import Literal

import structlog
from nats.aio.client import Client

from chassis.problems import Problem
from chassis.wire import questions
from contracts.applications import Application, Verification
from contracts.questions.registry import ApplicationFor, ApplicationOf, ClientOf, HealthSwitch, VerificationApply
from services.verifier.caller import Caller

logger = structlog.get_logger()

ASKER = "verifier"
WAIT_SECONDS = 2.0

Propagation = Literal["complete", "pending"]


class Registry:
    """Registry as this process reaches it."""

    def __init__(self, nats: Client) -> None:
        self._nats = nats

    async def application(self, caller: Caller, application_id: int, need: Literal["read", "manage"]) -> Application:
        """The application, if this caller may do that with it.

        Raises registry's `not_found` and `forbidden_role`, NoInstance and DeadlinePassed.
        """
        if caller.everywhere:
            return await questions.ask(self._nats, ASKER, ApplicationOf(application_id=application_id), WAIT_SECONDS)
        question = ApplicationFor(application_id=application_id, user_id=caller.user_id, need=need)
        return await questions.ask(self._nats, ASKER, question, WAIT_SECONDS)

    async def switch_health(self, caller: Caller, application_id: int, enabled: bool) -> Application:
        """The record with its `health_check_enabled` as wanted. Raises as `application` does."""
        question = HealthSwitch(application_id=application_id, user_id=caller.user_id, via=caller.via, enabled=enabled)
        return await questions.ask(self._nats, ASKER, question, WAIT_SECONDS)

    async def client(self, client_id: str) -> Application | None:
        """Any application, by what a stranger may know of it. Raises NoInstance and DeadlinePassed."""
        return await questions.ask(self._nats, ASKER, ClientOf(client_id=client_id), WAIT_SECONDS)

    async def stamp(self, application_id: int, uri: str, verification: Verification) -> Propagation:
        """Never raises: the finding is committed, and a registry that is away hears of it by the event."""
        question = VerificationApply(application_id=application_id, uri=uri, verification=verification)
        try:
            await questions.ask(self._nats, ASKER, question, WAIT_SECONDS)
        except (Problem, TimeoutError, OSError) as error:
            logger.warning("stamp.pending", application_id=application_id, error=f"{type(error).__name__}: {error}")
            return "pending"
        return "complete"
