"""One browser signs in to both accounts, one after the other, and merges them without a mailbox (auth.md 6.5)."""

from datetime import timedelta

import httpx

from services.auth.accounts.store import Account
from tests.auth.merging.builders import people
from tests.auth.rp import World

LEAVE, ARRIVE = "/account/merge/leave", "/account/merge/arrive"
SIGN_IN = "/session/new?return_to=%2Faccount%2Fmerge%2Farrive&again=1"


async def enter(world: World, http: httpx.AsyncClient, account: Account) -> str:
    """Signs in beside whatever other cookies the browser has; the CSRF token."""
    csrf = await world.sign_in(http, account)
    http.cookies.set("logi_session", http.headers.pop("cookie").partition("=")[2], domain="localhost.local")
    return csrf


async def left(world: World, http: httpx.AsyncClient, goes: Account) -> None:
    """The browser has proved the account that shall go."""
    csrf = await enter(world, http, goes)
    assert "/account/merge/leave" in (await http.get("/account/merge")).text
    answer = await http.post(LEAVE, data={"csrf_token": csrf})
    assert (303, SIGN_IN) == (answer.status_code, answer.headers["location"])
    assert "HttpOnly" in answer.headers["set-cookie"]


async def into(world: World, goes: Account) -> int | None:
    found: int | None = await world.db.fetchval("select merged_into from users where id = $1", goes.id)
    return found


async def test_the_whole_way(world: World) -> None:
    """Both are named before anything happens, a tick is needed, and the proof is good once."""
    goes, stays = await people(world, "leaves1", "stays1")
    async with world.browser() as http:
        await left(world, http, goes)
        csrf = await enter(world, http, stays)
        page = (await http.get(ARRIVE)).text
        assert all(str(one.email) in page for one in (goes, stays))
        unticked = await http.post(ARRIVE, data={"csrf_token": csrf})
        assert (422, True) == (unticked.status_code, 'id="understood-error"' in unticked.text)
        assert await into(world, goes) is None
        kept = {"cookie": "; ".join(f"{name}={value}" for name, value in http.cookies.items())}
        form = {"csrf_token": csrf, "understood": "yes"}
        done = await http.post(ARRIVE, data=form)
        assert (200, True) == (done.status_code, f"{goes.email} is part of {stays.email}" in done.text)
        assert "logi_merge" not in http.cookies
        assert "Five minutes are over" in (await http.post(ARRIVE, data=form, headers=kept)).text
    assert stays.id == await into(world, goes)


async def test_the_same_account_again(world: World) -> None:
    """Whoever signs in to the account that shall go is sent to the other one, and nothing is used up."""
    goes, stays = await people(world, "leaves2", "stays2")
    async with world.browser() as http:
        await left(world, http, goes)
        csrf = await enter(world, http, goes)
        page = await http.post(ARRIVE, data={"csrf_token": csrf, "understood": "yes"})
        assert (200, True) == (page.status_code, "Sign in to the other account" in page.text)
        await enter(world, http, stays)
        assert str(goes.email) in (await http.get(ARRIVE)).text


async def test_too_late_elsewhere_and_unproved(world: World) -> None:
    """After five minutes, in another browser, after an old sign-in and by a foreign form nothing is merged."""
    goes, stays = await people(world, "leaves3", "stays3")
    async with world.browser() as http, world.browser() as other:
        await enter(world, http, goes)
        assert 403 == (await http.post(LEAVE, data={"csrf_token": "x"})).status_code
        await left(world, http, goes)
        csrf = await enter(world, other, stays)
        form = {"csrf_token": csrf, "understood": "yes"}
        assert "Five minutes are over" in (await other.post(ARRIVE, data=form)).text
        world.clock.advance(timedelta(minutes=5))
        form["csrf_token"] = await enter(world, http, stays)
        assert "5분이 지났습니다" in (await http.post(ARRIVE, data=form, headers={"accept-language": "ko"})).text
        world.clock.advance(timedelta(minutes=16))
        assert (await http.get(ARRIVE)).headers["location"].startswith("/session/confirm")
        assert 303 == (await http.post(ARRIVE, data=form)).status_code
        assert 303 == (await http.post(LEAVE, data={"csrf_token": form["csrf_token"]})).status_code
    assert await into(world, goes) is None
