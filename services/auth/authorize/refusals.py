"""Why an authorization request is refused: shown here while the client is in doubt, sent back to it afterwards."""

from chassis.problems import Problem


class ClientUnknown(Problem):
    """Never redirects: the address it asks for is a stranger's (RFC 6749 section 4.1.2.1)."""

    status, code = 400, "invalid_client"
    default_detail = "No app has this client_id."


class AppUnusable(Problem):
    status, code = 400, "unauthorized_client"
    default_detail = "This app may not be used now: it waits for its review or is suspended."


class RedirectUriMismatch(Problem):
    status, code = 400, "invalid_request"
    default_detail = "redirect_uri is not byte for byte one that the app has registered."


class RequestExpired(Problem):
    status, code = 400, "invalid_request"
    default_detail = "This sign-in is finished, or has waited for more than ten minutes. Start again at the app."


class PushedRequestUnknown(Problem):
    """Which address to answer at stood in what was pushed, so this is shown here (RFC 9126 section 4)."""

    status, code = 400, "invalid_request"
    default_detail = "request_uri is unknown, used already, or older than a minute. Start again at the app."


class BackToClient(Exception):
    """An error of RFC 6749 section 4.1.2.1 or OpenID Connect Core 3.1.2.6, for a client that is known."""

    def __init__(self, error: str, description: str = "") -> None:
        super().__init__(error, description)
        self.error, self.description = error, description
