"""Why an authorization request is refused: shown here while the client is in doubt, sent back to it afterwards."""

import re
from collections.abc import Collection

from chassis.problems import Problem

MOST_NAMED = 5
LONGEST_NAME = 80
"""Of what a description repeats of the request."""

_UNTOLD = re.compile(r"[^\x20\x21\x23-\x5B\x5D-\x7E]")


class ClientUnknown(Problem):
    """Never redirects: the address it asks for is a stranger's (RFC 6749 section 4.1.2.1)."""

    status, code = 400, "invalid_client"
    default_detail = "No app has this client_id."


class AppUnusable(Problem):
    status, code = 400, "unauthorized_client"
    default_detail = "This app may not be used now: it waits for its review or is suspended."


class ClientMistaken(Problem):
    """What the app got wrong before it could be answered; its person can do nothing about it."""

    status, code = 400, "invalid_request"
    words = "client_mistaken"


class RedirectUriMismatch(ClientMistaken):
    words = "redirect_uri_mismatch"
    default_detail = "redirect_uri is not byte for byte one that the app has registered."


class RequestExpired(Problem):
    status, code = 400, "invalid_request"
    words = "request_expired"
    default_detail = "This sign-in is finished, or has waited for more than ten minutes. Start again at the app."


class PushedRequestUnknown(Problem):
    """Which address to answer at stood in what was pushed, so this is shown here (RFC 9126 section 4)."""

    status, code = 400, "invalid_request"
    words = "request_expired"
    default_detail = "request_uri is unknown, used already, or older than a minute. Start again at the app."


class BackToClient(Exception):
    """An error of RFC 6749 section 4.1.2.1 or OpenID Connect Core 3.1.2.6, for a client that is known."""

    def __init__(self, error: str, description: str = "", *, about: Collection[str] = ()) -> None:
        """`about` are the values or names of the request that the description, a sentence, is about."""
        named = ", ".join(_printable(one) for one in sorted(about)[:MOST_NAMED])
        self.error, self.description = error, f"{description.rstrip('.')}: {named}." if named else description
        super().__init__(error, self.description)


def _printable(text: str) -> str:
    """As an error may repeat it: RFC 6749 section 4.1.2.1 limits the characters."""
    return _UNTOLD.sub("?", text[:LONGEST_NAME])
