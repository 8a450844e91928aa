"""What an access token says of itself (RFC 9068 section 2.2, and our own older form)."""

from uuid import UUID

import msgspec


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What an access token says of itself."""

    iss: str
    sub: str
    aud: str
    exp: int
    iat: int
    jti: UUID
    scope: str | None = None
    client_id: str | None = None
    cnf: dict[str, str] | None = None
    act: dict[str, str] | None = None

    @property
    def jkt(self) -> str | None:
        """The key that it is bound to."""
        return None if self.cnf is None else self.cnf.get("jkt")

    @property
    def client(self) -> str:
        """Whom it was issued to: a token for the client itself names it as its audience."""
        return self.client_id or self.aud
