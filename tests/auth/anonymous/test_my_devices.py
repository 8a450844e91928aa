"""The owner of an account sees its devices and removes one that is lost."""

import httpx
import pytest

from chassis.problems import NotFound
from services.auth.accounts import store as accounts
from services.auth.anonymous import mine, store
from tests.auth.anonymous.phone import Phone
from tests.auth.rp import World

PAGE = "/account/sessions"


async def owned(world: World, name: str) -> tuple[Phone, httpx.AsyncClient, str]:
    """A phone with a key, the browser of its account's owner, and the CSRF token there."""
    phone = Phone(world)
    await phone.begin(device_name=name)
    await world.db.execute(
        "update users set anonymous = false, email = $2, email_key = $2 where id = $1",
        phone.user_id,
        f"{phone.device_id}@devices.example",
    )
    assert 200 == (await phone.exchange()).status_code
    account, http = await accounts.by_id(world.db, phone.user_id), world.browser()
    assert account is not None
    csrf = await world.sign_in(http, account)
    return phone, http, csrf


async def device_of(world: World, phone: Phone) -> int:
    (device,) = await store.listed(world.db, phone.user_id)
    return device.id


async def shut_out(world: World, phone: Phone) -> None:
    """Neither token nor key nor secret opens anything; without the secret the device begins anew."""
    assert 401 == (await world.userinfo(phone.token)).status_code
    assert 401 == (await phone.get("/api/v1/me", phone.key)).status_code
    assert (401, "invalid_device_secret") == ((again := await phone.begin()).status_code, again.json()["error"])
    fresh = Phone(world, phone.device_id)
    assert 200 == (await fresh.begin()).status_code
    assert phone.user_id != fresh.user_id


async def test_on_the_page(world: World) -> None:
    """Each with its name and a button; pressed twice is as good as once."""
    phone, http, csrf = await owned(world, "Ada's phone")
    page = (await http.get(PAGE)).text
    assert all(words in page for words in ("Ada&#39;s phone", "iPhone or iPad", "Remove Ada&#39;s phone"))
    address = f"{PAGE}/devices/{await device_of(world, phone)}/remove"
    assert 403 == (await http.post(address, data={"csrf_token": "x"})).status_code
    for _ in range(2):
        assert 303 == (await http.post(address, data={"csrf_token": csrf})).status_code
    assert "Devices with the app" not in (await http.get(PAGE)).text
    await shut_out(world, phone)


async def test_with_its_key(world: World) -> None:
    """Whoever revokes the key of a device has meant the device: it does not make itself another key."""
    phone, http, csrf = await owned(world, "Tablet")
    header = {"x-logi-csrf-token": csrf}
    (key,) = (await http.get("/api/v1/me/api_keys")).json()
    assert 204 == (await http.delete(f"/api/v1/me/api_keys/{key['id']}", headers=header)).status_code
    assert 404 == (await http.delete(f"/api/v1/me/api_keys/{key['id']}", headers=header)).status_code
    await shut_out(world, phone)


async def test_not_somebody_elses_and_not_nobodys(world: World) -> None:
    """Another's device stays; so does that of an account of nobody, which would be lost without it."""
    phone, _, _ = await owned(world, "Hers")
    _, http, csrf = await owned(world, "His")
    address = f"{PAGE}/devices/{await device_of(world, phone)}/remove"
    assert 303 == (await http.post(address, data={"csrf_token": csrf})).status_code
    assert 200 == (await phone.begin()).status_code
    nobodys = Phone(world)
    await nobodys.begin()
    with pytest.raises(NotFound):
        await mine.remove(world.ground, nobodys.user_id, await device_of(world, nobodys))
    assert 200 == (await nobodys.begin()).status_code
