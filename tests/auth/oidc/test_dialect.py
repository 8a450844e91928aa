"""What the dialect of /oidc says besides its token endpoint (management-api.md 1.2)."""

import pytest

from tests.auth.people import ISSUER
from tests.auth.rp import SECRET, World, a_machine


@pytest.mark.parametrize("path", ["/oidc/token/introspection", "/oidc/token/revocation"])
async def test_its_tokens_are_neither_introspected_nor_taken_back(world: World, path: str) -> None:
    """400 in the dialect's envelope, whoever asks and whatever is sent."""
    app = await world.tell(a_machine())
    async with world.browser() as http:
        answers = [
            await http.post(path, data={"client_id": app.client_id, "client_secret": SECRET, "token": "a.b.c"}),
            await http.post(path, content=b"\xff"),
        ]
    assert [400, 400] == [answer.status_code for answer in answers]
    for answer in answers:
        told = answer.json()
        assert ("oidc.unsupported_token_type", "unsupported_token_type") == (told["code"], told["error"])
        assert f"{ISSUER}/docs/oauth/errors#unsupported_token_type" == told["error_uri"]


async def test_a_wrong_secret_is_challenged_in_the_dialects_own_name(world: World) -> None:
    """401 with its issuer as realm; an unknown client is a 400 without a challenge."""
    app = await world.tell(a_machine())
    form = {"grant_type": "client_credentials", "client_secret": "wrong"}
    async with world.browser() as http:
        wrong = await http.post("/oidc/token", data={**form, "client_id": app.client_id})
        unknown = await http.post("/oidc/token", data={**form, "client_id": "nobody"})
    assert [(401, "invalid_client"), (400, "invalid_client")] == [
        (answer.status_code, answer.json()["error"]) for answer in (wrong, unknown)
    ]
    assert f'Basic realm="{ISSUER}/oidc", error="invalid_client"' == wrong.headers["www-authenticate"]
    assert "www-authenticate" not in unknown.headers
