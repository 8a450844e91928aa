"""DPoP through the gateway: an API takes a bound token with a fresh proof, and with nothing less."""

from datetime import UTC, datetime

import httpx

from services.auth.token.on_behalf import PAK
from services.auth.token.request import TOKEN_EXCHANGE
from tests.auth.dpop.proofs import an_ec_key, ath, proof
from tests.system.stack import Stack


async def test_an_api_takes_a_bound_token_with_its_proof_alone(stack: Stack) -> None:
    """The first-party client exchanges a key, is asked for a nonce, and reads its apps; replayed or bare it is 401."""
    credentials, key = stack.credentials, an_ec_key()
    token_url, url = f"{stack.issuer}/oauth/token", f"{stack.issuer}/api/v1/applications"
    form = {
        "grant_type": TOKEN_EXCHANGE,
        "client_id": credentials["cli_client_id"],
        "subject_token": credentials["operator_pak"],
        "subject_token_type": PAK,
    }
    async with httpx.AsyncClient() as http:
        first = await http.post(token_url, data=form, headers={"dpop": proof(key, datetime.now(UTC), htu=token_url)})
        assert (400, "use_dpop_nonce") == (first.status_code, first.json()["error"])
        again = proof(key, datetime.now(UTC), htu=token_url, nonce=first.headers["dpop-nonce"])
        issued = (await http.post(token_url, data=form, headers={"dpop": again})).json()
        assert "DPoP" == issued["token_type"], issued
        token = issued["access_token"]
        shown = proof(key, datetime.now(UTC), htm="GET", htu=url, ath=ath(token))
        bound = {"authorization": f"DPoP {token}", "dpop": shown}
        tries = [bound, bound, {"authorization": f"Bearer {token}"}, {"authorization": f"DPoP {token}"}]
        answers = [await http.get(url, headers=headers) for headers in tries]
    assert [200, 401, 401, 401] == [answer.status_code for answer in answers]
    challenges = [answer.headers["www-authenticate"].split()[0] for answer in answers[1:]]
    assert ["DPoP", "Bearer", "DPoP"] == challenges
