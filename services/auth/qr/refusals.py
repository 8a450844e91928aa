"""Why a sign-in by picture goes no further."""

from chassis.problems import Problem


class QrUnknown(Problem):
    """Expired, decided, scanned by somebody else, or never made: which of these is nobody's business."""

    status, code = 404, "qr_session_unknown"
    default_detail = "No sign-in waits under this picture any more."


class NumberMismatch(Problem):
    """The sign-in was refused with it: a number is not guessed twice."""

    status, code = 422, "number_mismatch"
    default_detail = "That is not the number on the other screen; the sign-in was refused."


class AnonymousNotAllowed(Problem):
    status, code = 403, "anonymous_not_allowed"
    default_detail = "An anonymous account signs nobody in elsewhere."


class UnknownClient(Problem):
    status, code = 400, "invalid_client"
    default_detail = "unknown client_id"


class RequestUnfit(Problem):
    """The parameters would be refused at /oauth/authorize as well."""

    status, code = 400, "invalid_request"
