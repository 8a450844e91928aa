"""The attack class: PKCE taken away on either side."""

import pytest

from tests.auth.rp import CALLBACK, SECRET, VERIFIER, World, an_app, asking, told


async def test_pkce_downgrade_a_public_client_is_never_let_off(world: World) -> None:
    """Whatever its record says."""
    app = await world.tell(an_app(client_type="public", require_pkce=False))
    async with world.browser() as http:
        params = asking(app, code_challenge=None, code_challenge_method=None)
        assert "invalid_request" == told(await http.get("/oauth/authorize", params=params))["error"]


async def test_a_confidential_client_may_be_let_off(world: World) -> None:
    """With the switch, a code without a challenge is redeemed without a verifier."""
    app = await world.tell(an_app(require_pkce=False))
    ada = await world.person("ada@pkce.example")
    code = await world.code(app, ada, code_challenge=None, code_challenge_method=None)
    form = {"grant_type": "authorization_code", "client_id": app.client_id, "code": code, "redirect_uri": CALLBACK}
    assert 200 == (await world.token(form, SECRET)).status_code


async def test_pkce_downgrade_a_challenge_is_checked_even_where_none_was_needed(world: World) -> None:
    """Leaving the verifier out is no way around; the code stays good for whoever has it."""
    app = await world.tell(an_app(require_pkce=False))
    code = await world.code(app, await world.person("bob@pkce.example"))
    form = {"grant_type": "authorization_code", "client_id": app.client_id, "code": code, "redirect_uri": CALLBACK}
    missing = await world.token(form, SECRET)
    assert ("invalid_request", "code_verifier is missing.") == (
        missing.json()["error"],
        missing.json()["error_description"],
    )
    assert 200 == (await world.redeem(app, code)).status_code


async def test_pkce_downgrade_a_verifier_without_a_challenge_is_refused(world: World) -> None:
    """An attacker who took the challenge out of the request is found out by the client that sends its verifier."""
    app = await world.tell(an_app(require_pkce=False))
    code = await world.code(
        app, await world.person("carol@pkce.example"), code_challenge=None, code_challenge_method=None
    )
    answer = await world.redeem(app, code, code_verifier=VERIFIER)
    assert ("invalid_grant", "PKCE verifier mismatch") == (answer.json()["error"], answer.json()["error_description"])


@pytest.mark.parametrize("method", ["plain", "s256", "S512"])
async def test_pkce_downgrade_to_another_method(world: World, method: str) -> None:
    """Only S256, with the switch as without."""
    for app in (await world.tell(an_app()), await world.tell(an_app(require_pkce=False))):
        async with world.browser() as http:
            answer = await http.get("/oauth/authorize", params=asking(app, code_challenge_method=method))
        assert "invalid_request" == told(answer)["error"]
