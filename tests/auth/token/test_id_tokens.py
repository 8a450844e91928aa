"""What an ID token and its response say beside the person: hash, time and way of the sign-in, algorithm, caching."""

import base64
import json
from hashlib import sha256

from tests.auth.rp import World, an_app


def _part(token: str, number: int) -> dict[str, object]:
    text = token.split(".")[number]
    return dict(json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))


async def test_an_id_token_is_tied_to_its_access_token(world: World) -> None:
    """OIDC Core 2 and 3.1.3.6: RS256, `at_hash`, `auth_time` and `acr` of the session, no caching of the response."""
    app = await world.tell(an_app())
    answer = await world.redeem(app, await world.code(app, await world.person("hash@id.example")))
    tokens = answer.json()
    head, claims = _part(tokens["id_token"], 0), _part(tokens["id_token"], 1)
    half = sha256(tokens["access_token"].encode()).digest()[:16]
    assert ("RS256", base64.urlsafe_b64encode(half).rstrip(b"=").decode()) == (head["alg"], claims["at_hash"])
    assert (int(world.clock.now().timestamp()), "aal1") == (claims["auth_time"], claims["acr"])
    assert ("no-store", "no-cache") == (answer.headers["cache-control"], answer.headers["pragma"])


async def test_the_key_that_signs_is_long_enough(world: World) -> None:
    """OIDC Core 16.20: RSA of 2048 bits."""
    async with world.browser() as http:
        keys = (await http.get("/.well-known/jwks.json")).json()["keys"]
    lengths = {len(base64.urlsafe_b64decode(key["n"] + "==")) * 8 for key in keys if key["kty"] == "RSA"}
    assert {2048} == lengths
    assert {"P-256"} == {key["crv"] for key in keys if key["kty"] == "EC"}


async def test_a_password_buys_no_token(world: World) -> None:
    """RFC 9700 section 2.4: the grant does not exist, nor does the implicit one here."""
    app = await world.tell(an_app())
    for grant in ("password", "implicit"):
        form = {"grant_type": grant, "client_id": app.client_id, "username": "ada", "password": "x"}
        answer = await world.token(form)
        assert (400, "unsupported_grant_type") == (answer.status_code, answer.json()["error"])
