"""What a caller grants a request, and what it gets back."""

from datetime import datetime, timedelta
from typing import TypedDict

import msgspec


class Terms(TypedDict, total=False):
    """What a caller grants one request; `Granted` says what counts where it is silent."""

    owner: str | None
    """Whose connections may be reused; None reuses none."""
    max_body: int
    """Bytes of the answer's body that are read; the rest stays unread and the connection is closed."""
    connect_timeout: timedelta
    """For dialling and TLS together, over all addresses."""
    total_timeout: timedelta
    """For everything, redirects and the last byte of the body included."""
    follow: int
    """How many redirects may be followed; each hop is judged anew."""
    propagate: bool
    """Whether the peer is told our trace (`traceparent`)."""


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """Terms with the defaults filled in: those of a webhook (delivery.md section 5.5)."""

    owner: str | None = None
    max_body: int = 64 * 1024
    connect_timeout: timedelta = timedelta(seconds=5)
    total_timeout: timedelta = timedelta(seconds=15)
    follow: int = 0
    propagate: bool = False


class Timings(msgspec.Struct, frozen=True):
    """Seconds of each step of the last hop; None where it was not needed, as on a reused connection."""

    resolve: float
    dial: float | None
    tls: float | None
    first_byte: float
    """From the connection's being ours to the first byte of the answer."""
    total: float


class Answer(msgspec.Struct, frozen=True):
    """What came back from the last hop."""

    status: int
    headers: tuple[tuple[str, str], ...]
    """Names in lower case; repeated ones stand apart."""
    body: bytes
    """As sent, never decompressed."""
    truncated: bool
    """Whether the body went on beyond `max_body`."""
    timings: Timings
    address: str
    """For our own logs; callers are never told (verifier.md A5)."""
    certificate_expires: datetime | None

    def header(self, name: str) -> str | None:
        """The first value of `name`, in any case."""
        return next((value for key, value in self.headers if key == name.lower()), None)
