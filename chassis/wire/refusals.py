"""How an exchange or a question can fail without the app's doing; the gateway renders these like any problem."""

from chassis.problems import Problem


class NoInstance(Problem):
    """Nobody serves this, or nobody has room."""

    status, code = 503, "temporarily_unavailable"
    default_detail = "No instance can take this right now; try again."

    def __init__(self, detail: str = "", retry_after: int = 1) -> None:
        """`retry_after` in seconds."""
        super().__init__(detail, headers={"retry-after": str(retry_after)})


class InstanceDied(Problem):
    """An instance fell silent in the middle of it; what it had done by then is unknown."""

    status, code = 502, "bad_gateway"
    default_detail = "The instance that had begun this fell silent."


class DeadlinePassed(Problem):
    """The time for this was up."""

    status, code = 504, "deadline_passed"
    default_detail = "This took longer than it may."


class RequestTooLarge(Problem):
    """The body is larger than may travel."""

    status, code = 413, "content_too_large"
    default_detail = "The request body is too large."


class ReplyTooLarge(Problem):
    """The service had more to say than may travel."""

    status, code = 502, "reply_too_large"
    default_detail = "The answer is larger than may travel."


class AnswerUnreadable(Problem):
    """The other side answered with bytes that no release of ours writes."""

    status, code = 502, "bad_gateway"
    default_detail = "The answer could not be read."
