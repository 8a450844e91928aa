"""Accounts of nobody that nothing uses go in time; whatever is used stays."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from services.auth.deletion import close, idle, purge
from tests.auth.anonymous.phone import Phone, a_phone, the_app
from tests.auth.merging.builders import announced, granted
from tests.auth.rp import World, an_app

DAY = timedelta(days=1)


@pytest.fixture(scope="module", autouse=True)
async def app(world: World) -> None:
    await world.tell(the_app())


async def living(world: World, phone: Phone) -> bool:
    found = await world.db.fetchval("select deleted_at is null from users where id = $1", phone.user_id)
    return bool(found)


async def test_an_account_that_nothing_uses_is_closed_and_goes(world: World) -> None:
    """After 180 days, once, whoever looks: its apps hear what they hear of every deletion, and after the grace it is
    gone. The device begins anew.
    """
    app, phone = await world.tell(an_app(allow_anonymous_grants=True)), await a_phone(world)
    sub = await granted(world, phone.user_id, app)
    world.clock.advance(179 * DAY)
    assert (0, True) == (await idle.once(world.ground), await living(world, phone))
    world.clock.advance(DAY)
    assert 1 == sum(await asyncio.gather(*(idle.once(world.ground) for _ in range(3))))
    assert not await living(world, phone)
    for tag in ("auth.consent.revoked", "auth.user.deleted"):
        (event,) = [event for event in await announced(world, tag) if event["sub"] == sub]
        assert [app.client_id] == event["client_ids"]
    assert 401 == (await phone.get("/api/v1/me", phone.key)).status_code
    number, phone.secret = phone.user_id, None
    assert 200 == (await phone.begin()).status_code
    assert number != phone.user_id
    world.clock.advance(close.GRACE + purge.MARGIN)
    await purge.once(world.ground)
    assert not await world.db.fetchval("select true from users where id = $1", number)
    assert number in [event["user"]["id"] for event in await announced(world, "auth.account.purged")]


@pytest.mark.parametrize("use", ["device", "key", "refresh", "owner"])
async def test_what_is_used_stays(world: World, use: str) -> None:
    """A device that comes, a key that is shown, tokens that an app renews; and somebody's account, used or not."""
    phone = await a_phone(world)
    world.clock.advance(170 * DAY)
    match use:
        case "device":
            await phone.begin()
        case "key":
            await phone.get("/api/v1/me", phone.key)
        case "refresh":
            await world.db.execute(
                "update token_families set expires_at = $2, revoked_at = null where user_id = $1",
                phone.user_id,
                world.clock.now() + 30 * DAY,
            )
        case "owner":
            await world.db.execute("update users set anonymous = false where id = $1", phone.user_id)
    world.clock.advance(15 * DAY)
    await idle.once(world.ground)
    assert await living(world, phone)


async def test_an_operator_may_keep_them_for_ever(world: World) -> None:
    """With `0s` nothing is looked at."""
    phone = await a_phone(world)
    world.clock.advance(1000 * DAY)
    settings = msgspec.structs.replace(world.ground.settings, idle_anonymous_kept=timedelta())
    assert 0 == await idle.once(msgspec.structs.replace(world.ground, settings=settings))
    assert await living(world, phone)


async def test_many_are_gone_over_in_batches(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is found, however many there are before it that stay."""
    monkeypatch.setattr(idle, "AT_ONCE", 3)
    phones = [await a_phone(world) for _ in range(8)]
    world.clock.advance(181 * DAY)
    for phone in phones[:5]:
        await phone.begin()
    await idle.once(world.ground)
    assert [True] * 5 + [False] * 3 == [await living(world, phone) for phone in phones]
