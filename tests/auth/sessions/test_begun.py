"""What a session had begun ends with it: who is put out gets in again by no other screen and takes nothing along."""

import secrets

import httpx
import pytest

from tests.auth.merging.builders import MERGE, Person
from tests.auth.qr.test_qr import go_on, key_of, start, status
from tests.auth.rp import World

ENDINGS = {"everywhere": ("POST", "/api/v1/me/sign_out_everywhere"), "others": ("DELETE", "/api/v1/me/sessions")}


async def end(person: Person, ending: str) -> httpx.Response:
    method, path = ENDINGS[ending]
    return await person.http.request(method, path)


@pytest.mark.parametrize("ending", ENDINGS)
async def test_another_screen_stays_out(world: World, ending: str) -> None:
    """A thief lets a screen of theirs in by a picture; the owner signs out; the screen does not go on."""
    account = await world.person(f"{secrets.token_hex(6)}@begun.example")
    owner, key = await Person.signed_in(world, account), await key_of(world, account)
    async with world.browser() as screen:
        begun, _ = await start(screen, world)
        for step in ("scan", "approve"):
            assert 200 == (await screen.post(f"/api/v1/oauth/qr/{begun['session_id']}/{step}", headers=key)).status_code
        assert (await end(owner, ending)).is_success
        assert "denied" == await status(screen, begun)
        assert 404 == (await go_on(screen)).status_code


@pytest.mark.parametrize("ending", ENDINGS)
async def test_a_proof_for_a_merge_is_none(world: World, ending: str) -> None:
    """A thief mints one; the owner signs out; nobody absorbs the account with it."""
    names = [f"{secrets.token_hex(6)}@begun.example" for _ in range(2)]
    owner, thief = [await Person.signed_in(world, await world.person(name)) for name in names]
    proof = await owner.proof()
    assert (await end(owner, ending)).is_success
    answer = await thief.post(MERGE, {"target_session_token": proof})
    assert (401, "invalid_token") == (answer.status_code, answer.json()["error"])
