"""What can go wrong with a call to somebody else's server, as facts with stable reason codes.

A reason may be stored and shown; `str()` of a failure may name addresses and is for our own logs only
(verifier.md A5).
"""


class OutboundFailed(Exception):
    """The call has no answer; `reason` says why."""

    reason = "outbound_failed"

    def __init__(self, detail: str = "") -> None:
        super().__init__(f"{self.reason}: {detail}" if detail else self.reason)
        self.detail = detail


class UrlRefused(OutboundFailed):
    """The URL itself breaks a rule; the reason names the rule, e.g. `userinfo_present`."""

    def __init__(self, reason: str, detail: str = "") -> None:
        self.reason = reason
        super().__init__(detail)


class Blocked(OutboundFailed):
    """The destination is none that we connect to; nothing was sent. Delivery calls all of these `ssrf_blocked`."""

    reason = "ssrf_blocked"


class BlockedHost(Blocked):
    """The name alone is enough to refuse."""

    reason = "blocked_host"


class BlockedAddress(Blocked):
    """At least one of the addresses of the name is not a public one."""

    reason = "blocked_address"


class HostUnresolvable(OutboundFailed):
    """No address: the detail tells `no_such_name`, `no_address`, `server_failure` and `timeout` apart."""

    reason = "host_unresolvable"


class ConnectFailed(OutboundFailed):
    """No connection: refused or unreachable."""

    reason = "connect_failed"


class ConnectTimeout(OutboundFailed):
    """No connection, or no TLS session, within the time given."""

    reason = "connect_timeout"


class TlsInvalid(OutboundFailed):
    """The certificate, its name or the protocol version does not hold."""

    reason = "tls_invalid"


class ReadTimeout(OutboundFailed):
    """Connected, but the answer was not complete in the time given."""

    reason = "read_timeout"


class ConnectionReset(OutboundFailed):
    """The peer closed the connection before its answer was complete."""

    reason = "connection_reset"


class TooLarge(OutboundFailed):
    """The head of the answer is beyond our caps."""

    reason = "too_large"


class BadResponse(OutboundFailed):
    """What came back is not HTTP."""

    reason = "bad_response"


class RedirectNotFollowed(OutboundFailed):
    """The answer points elsewhere and the caller allowed no further hop."""

    reason = "redirect_not_followed"

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status
