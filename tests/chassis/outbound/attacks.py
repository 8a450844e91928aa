"""Every way in which somebody else's server may misbehave: one list for every caller of such servers."""

from typing import NamedTuple

from tests.chassis.outbound.hostile import Behaviour, answering, endless, gzip_bomb, redirecting, saying, silent

MARK = "fetched-from-inside"
"""Stands in whatever these servers say, and must not come out anywhere."""

OK = b"HTTP/1.1 200 OK\r\n"
SAID = MARK.encode()


class Attack(NamedTuple):
    """A server's behaviour, and the guarded client's word for it: None where it has an answer to be judged."""

    behaviour: Behaviour
    reason: str | None


SERVERS: dict[str, Attack] = {
    "silence": Attack(silent(), "read_timeout"),
    "a byte now and then": Attack(endless(b"x", start=OK + b"\r\n" + SAID, pause=0.05), "read_timeout"),
    "a slow header": Attack(endless(b"X", start=OK + b"X-Slow: " + SAID, pause=0.05), "read_timeout"),
    "endless headers": Attack(endless(b"X-More: " + SAID + b"\r\n"), "too_large"),
    "one endless header": Attack(endless(SAID * 200, start=OK + b"X-Long: "), "too_large"),
    "an endless status": Attack(endless(SAID * 200, start=b"HTTP/1.1 200 "), "too_large"),
    "two hundred headers": Attack(saying(OK + b"X: 1\r\n" * 200 + b"Content-Length: 0\r\n\r\n"), "too_large"),
    "an endless body": Attack(endless(SAID * 200, start=OK + b"\r\n"), None),
    "early hints for ever": Attack(endless(b"HTTP/1.1 103 E\r\n\r\n", start=b""), "too_large"),
    "a gzip bomb": Attack(gzip_bomb(), None),
    "a redirect inside": Attack(redirecting("https://10.0.0.1/"), "redirect_not_followed"),
    "a redirect to plain": Attack(redirecting("http://rp.example/"), "redirect_not_followed"),
    "an upgrade": Attack(saying(b"HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), "bad_response"),
    "another protocol": Attack(saying(b"SSH-2.0-" + SAID + b"\r\n\r\n"), "bad_response"),
    "a length that is none": Attack(saying(OK + b"Content-Length: " + SAID + b"\r\n\r\n"), "bad_response"),
    "a length below nothing": Attack(saying(OK + b"Content-Length: -1\r\n\r\n"), "bad_response"),
    "a status that is none": Attack(saying(b"HTTP/1.1 " + SAID + b"\r\n\r\n"), "bad_response"),
    "an end at once": Attack(saying(b"", then_close=True), "connection_reset"),
    "half an answer": Attack(saying(OK + b"Content-Length: 90\r\n\r\n" + SAID, then_close=True), "connection_reset"),
    "half a head": Attack(saying(OK + b"Content-Le", then_close=True), "connection_reset"),
    "half a chunk": Attack(
        saying(OK + b"Transfer-Encoding: chunked\r\n\r\n50\r\n" + SAID, then_close=True), "connection_reset"
    ),
    "a thousand brackets": Attack(answering(b"[" * 1100 + b"]" * 1100), None),
    "257 bytes": Attack(answering(SAID.ljust(257)), None),
    "4097 bytes": Attack(answering(SAID.ljust(4097)), None),
}

INSIDE: tuple[tuple[str, ...], ...] = (
    ("10.0.0.1",),
    ("169.254.169.254",),
    ("127.0.0.1", "10.0.0.1"),
    ("127.0.0.1", "64:ff9b::a00:1"),
    ("::ffff:10.0.0.1",),
)
"""What a name may answer where at least one address is not public; loopback stands in for the internet here."""

OTHERS: tuple[tuple[str, ...], ...] = (("other.example",), ("*.other.example",))
"""What a certificate may name when it is not the host's."""
