"""Tokens that somebody else has made, as far as reading them goes."""

import base64

import pytest

from services.auth.tokens import foreign
from services.auth.tokens.foreign import ForeignUnreadable

DEEP = b'{"a":' + b"[" * 1100 + b"]" * 1100 + b"}"
HEAD = b'{"alg":"ES256"}'


@pytest.mark.parametrize("parts", [(DEEP, b"{}"), (HEAD, DEEP), (HEAD, b"[]"), (HEAD, b"\xff"), (b"null", b"{}")])
def test_what_cannot_be_read(parts: tuple[bytes, bytes]) -> None:
    """Is malformed, however deeply it is nested, and nothing worse."""
    text = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (*parts, b"x"))
    with pytest.raises(ForeignUnreadable, match="malformed"):
        foreign.read(text)
