"""A pushed request with a proof: its code is bound to the key, as with `dpop_jkt` (RFC 9449 section 10.1)."""

import httpx

from tests.auth.dpop.proofs import Holder
from tests.auth.people import ISSUER
from tests.auth.rp import SECRET, World, an_app, asking, consent, told

PAR_URL = f"{ISSUER}/oauth/par"


async def push(one: Holder, shown: str, **more: str) -> httpx.Response:
    async with one.world.browser() as http:
        form = {**asking(one.app), "client_secret": SECRET, **more}
        return await http.post("/oauth/par", data=form, headers={"dpop": shown})


async def code(one: Holder, request_uri: str) -> str:
    """The person lets the app in."""
    async with one.world.browser() as http:
        csrf = await one.world.sign_in(http, await one.world.person(f"ada{one.app.id}@pushed.example"))
        params = {"client_id": one.app.client_id, "request_uri": request_uri}
        page = await http.get("/oauth/authorize", params=params)
        return told(await consent(http, page.text, csrf))["code"]


async def test_the_code_is_bound_to_the_key_of_the_proof(world: World) -> None:
    """Another key, and none, is refused at the token endpoint with the cause; the key itself is not."""
    one = Holder(world, await world.tell(an_app()))
    pushed = await push(one, one.proof(htu=PAR_URL))
    assert 201 == pushed.status_code, pushed.text
    found = await code(one, pushed.json()["request_uri"])
    refused = [await world.redeem(one.app, found), await Holder(world, one.app).redeem(found)]
    assert ["DPoP proof missing", "DPoP key mismatch"] == [answer.json()["error_description"] for answer in refused]
    assert 200 == (await one.redeem(found)).status_code


async def test_proof_and_parameter_have_to_mean_the_same_key(world: World) -> None:
    """dpop_jkt beside the proof is good if it is its thumbprint."""
    one = Holder(world, await world.tell(an_app()))
    good = await push(one, one.proof(htu=PAR_URL), dpop_jkt=one.key.thumbprint())
    other = await push(one, one.proof(htu=PAR_URL), dpop_jkt=Holder(world, one.app).key.thumbprint())
    assert [201, 400] == [good.status_code, other.status_code]
    assert "dpop_jkt is not the key of the DPoP proof." == other.json()["error_description"]


async def test_a_proof_for_another_endpoint_pushes_nothing(world: World) -> None:
    """It counts for its own address, with a nonce of ours, and once."""
    one = Holder(world, await world.tell(an_app()))
    good = one.proof(htu=PAR_URL)
    answers = [await push(one, shown) for shown in (one.proof(), one.proof(htu=PAR_URL, nonce=None), good, good)]
    assert [(400, "invalid_dpop_proof"), (400, "use_dpop_nonce"), (201, None), (400, "invalid_dpop_proof")] == [
        (answer.status_code, answer.json().get("error")) for answer in answers
    ]
