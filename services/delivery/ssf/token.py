"""Security event tokens: signed with RS256, which the interoperability profile asks for (RFC 8417)."""

from datetime import datetime
from typing import Any

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from services.delivery.keys.ring import Ring, encoded


class Signer:
    """Writes tokens in the name of the issuer."""

    def __init__(self, ring: Ring, issuer: str) -> None:
        self.ring, self.issuer = ring, issuer

    async def token(
        self,
        jti: str,
        audience: str,
        subject: dict[str, str],
        events: dict[str, Any],
        issued_at: datetime,
        now: datetime,
    ) -> str:
        """A SET in compact form; the same event gives the same claims each time it is sent."""
        kid, key = await self.ring.current(now)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError("tokens are signed with RS256")
        claims = {
            "iss": self.issuer,
            "jti": jti,
            "iat": int(issued_at.timestamp()),
            "aud": audience,
            "txn": jti,
            "sub_id": subject,
            "events": events,
        }
        header = {"alg": "RS256", "kid": kid, "typ": "secevent+jwt"}
        signed = f"{encoded(msgspec.json.encode(header))}.{encoded(msgspec.json.encode(claims))}"
        return f"{signed}.{encoded(key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"
