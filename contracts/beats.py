"""Beats: small signals that are worth nothing once the next one has come; not events, never stored."""

from typing import Final

import msgspec

REVOCATIONS: Final = "beat.auth.revocations"
"""Published every REVOCATION_SECONDS and at once after a change."""

REVOCATION_SECONDS: Final = 0.25


class RevocationBeat(msgspec.Struct, frozen=True):
    """How many revocations auth has committed so far.

    Whoever keeps answers about credentials forgets them when the number is another than the last, or when no beat
    came for a second; with several auth processes the beats come interleaved, so a lower number than the highest is
    only late.
    """

    sequence: int


_decoder = msgspec.msgpack.Decoder(RevocationBeat)


def encode(beat: RevocationBeat) -> bytes:
    return msgspec.msgpack.encode(beat)


def decode(frame: bytes) -> RevocationBeat:
    """Raises msgspec.DecodeError or ValidationError."""
    return _decoder.decode(frame)
