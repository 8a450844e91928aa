"""A device begins an account of nobody, comes back to it by its secret, and gets a key of its own."""

import asyncio
from hashlib import sha256
from uuid import uuid4

import pytest

from contracts.ids import APP_CLIENT_ID, is_pak
from tests.auth.anonymous.phone import BOOTSTRAP, EXCHANGE, Phone, a_phone
from tests.auth.rp import World, an_app


async def test_a_device_begins_an_account_and_comes_back(world: World) -> None:
    """The secret is told once; with it the same account is there again."""
    phone = Phone(world)
    first = (await phone.begin()).json()
    again = (await phone.begin()).json()
    assert first["user"] == again["user"] == {"id": first["user"]["id"], "anonymous": True}
    assert (True, False) == ("device_secret" in first, "device_secret" in again)
    assert ("Bearer", 3600) == (first["token_type"], first["expires_in"])


async def test_the_account_is_nobodys(world: World) -> None:
    """A synthetic address that cannot be mailed to, no password, level 0; and nobody else hears of it."""
    phone = Phone(world)
    await phone.begin()
    row = await world.db.fetchrow("select * from users where id = $1", phone.user_id)
    assert row is not None
    prefix = sha256(f"ios:{phone.device_id}".encode()).hexdigest()[:16]
    assert (f"anon+{prefix}@users.invalid", None, 0) == (
        row["email"],
        row["password_hash"],
        row["identity_verified_level"],
    )
    told = await world.db.fetchval(
        "select count(*) from outbox where payload like $1", f'%"id":{phone.user_id},"sub"%'.encode()
    )
    assert 0 == told


async def test_userinfo_tells_no_synthetic_address(world: World) -> None:
    """What stands where somebody has no address is no claim."""
    phone = Phone(world)
    await phone.begin()
    said = (await world.userinfo(phone.token)).json()
    assert (str(phone.user_id), False, False) == (said["sub"], "email" in said, said["previously_anonymous"])


@pytest.mark.parametrize("secret", [None, "", "logi_ds_wrong", "ü" * 40])
async def test_a_known_device_needs_its_secret(world: World, secret: str | None) -> None:
    """Whoever only knows a device's number gets nothing."""
    phone = Phone(world)
    await phone.begin()
    stranger = Phone(world, phone.device_id)
    answer = await stranger.begin(**({} if secret is None else {"device_secret": secret}))
    assert (401, "invalid_device_secret") == (answer.status_code, answer.json()["error"])


async def test_a_secret_of_an_unknown_device_is_refused(world: World) -> None:
    """An app that kept a secret longer than we did learns of it, and no account is begun behind its back."""
    answer = await Phone(world).begin(device_secret="logi_ds_old")
    assert (401, "invalid_device_secret") == (answer.status_code, answer.json()["error"])


@pytest.mark.parametrize("body", [{}, {"device_id": "x", "device_platform": "ios"}, {"device_platform": "ios"}, []])
async def test_bodies_that_are_none(world: World, body: object) -> None:
    """They are refused, not stumbled over."""
    async with world.browser() as http:
        assert 400 <= (await http.post(BOOTSTRAP, json=body)).status_code < 500


async def test_ten_launches_at_once_begin_one_account(world: World) -> None:
    """One of them is told the secret."""
    device_id = uuid4()
    answers = await asyncio.gather(*(Phone(world, device_id).begin() for _ in range(10)))
    assert [200] + 9 * [401] == sorted(answer.status_code for answer in answers)


async def test_the_token_becomes_the_devices_key(world: World) -> None:
    """The key counts where the token does not, says who it is, and is its device's only one."""
    phone = Phone(world)
    await phone.begin()
    said = (await phone.exchange()).json()
    assert (True, "Bearer", ["profile:read", "profile:write"]) == (
        is_pak(said["access_token"]),
        said["token_type"],
        said["scopes"],
    )
    assert said["access_token"].startswith("logi_pak_")
    assert (200, 401) == (
        (await phone.get("/api/v1/me/connected_apps", phone.key)).status_code,
        (await phone.get("/api/v1/me/connected_apps", phone.token)).status_code,
    )
    old = phone.key
    assert 200 == (await phone.exchange()).status_code
    assert (401, 200) == (
        (await phone.get("/api/v1/me/connected_apps", old)).status_code,
        (await phone.get("/api/v1/me/connected_apps", phone.key)).status_code,
    )


async def test_a_device_is_one_accounts_at_a_time(world: World) -> None:
    """409 for somebody else's device, whatever secret is shown; 401 for one's own without its secret."""
    mine, other = await a_phone(world), await a_phone(world)
    taken = await mine.exchange(device_uuid=str(other.device_id), device_secret=other.secret)
    assert (409, "device_claimed_by_other_user") == (taken.status_code, taken.json()["error"])
    bare = await mine.exchange(device_secret=None)
    assert (401, "invalid_device_secret") == (bare.status_code, bare.json()["error"])


async def test_another_device_of_the_same_account_has_a_secret_of_its_own(world: World) -> None:
    """Told the first time; the first device's key lives on."""
    phone = await a_phone(world)
    second = Phone(world)
    assert 200 == (await second.exchange(phone.token)).status_code
    assert second.secret is not None
    assert 200 == (await phone.get("/api/v1/me/connected_apps", phone.key)).status_code
    assert 200 == (await second.begin()).status_code
    assert phone.user_id == second.user_id


async def test_only_the_platforms_app_gets_keys(world: World) -> None:
    """An access token that some app was given does not make that app the person's device."""
    app, person = await world.tell(an_app()), await world.person("keys@devices.example")
    token = (await world.tokens(app, person))["access_token"]
    answer = await Phone(world).exchange(token)
    assert (403, "unauthorized_client") == (answer.status_code, answer.json()["error"])


@pytest.mark.parametrize("credential", ["session", "key", "nobody"])
async def test_only_an_access_token_is_exchanged(world: World, credential: str) -> None:
    """Neither a session nor a key makes another key here."""
    phone = await a_phone(world)
    body = {"device_uuid": str(phone.device_id), "platform": "ios", "device_secret": phone.secret}
    async with world.browser() as http:
        if credential == "session":
            person = await world.person("session@devices.example") if credential == "session" else None
            assert person is not None
            http.headers["x-logi-csrf-token"] = await world.sign_in(http, person)
        if credential == "key":
            http.headers["authorization"] = f"Bearer {phone.key}"
        assert 401 == (await http.post(EXCHANGE, json=body)).status_code


async def test_disconnecting_the_app_ends_its_devices_keys(world: World) -> None:
    """What the app was given goes with its grant (auth.md 1.5)."""
    phone = await a_phone(world)
    await world.db.execute(
        """insert into grants (user_id, client_id, sub, scopes, created_at, updated_at)
        values ($1, $2, $3, '{openid}', now(), now())""",
        phone.user_id,
        APP_CLIENT_ID,
        str(phone.user_id),
    )
    async with world.browser() as http:
        http.headers["authorization"] = f"Bearer {phone.key}"
        assert 204 == (await http.delete(f"/api/v1/me/connected_apps/{APP_CLIENT_ID}")).status_code
    assert 401 == (await phone.get("/api/v1/me/connected_apps", phone.key)).status_code


async def test_a_suspended_accounts_device_is_put_out(world: World) -> None:
    """By its secret, its token and its key alike."""
    phone = await a_phone(world)
    await world.db.execute("update users set suspended_at = now() where id = $1", phone.user_id)
    assert (401, 401, 401) == (
        (await phone.begin()).status_code,
        (await phone.exchange()).status_code,
        (await phone.get("/api/v1/me/connected_apps", phone.key)).status_code,
    )


async def test_after_deletion_the_device_begins_anew(world: World) -> None:
    """Another account, without the old one's secret."""
    phone = await a_phone(world)
    before = phone.user_id
    await world.db.execute("update users set deleted_at = now() where id = $1", phone.user_id)
    phone.secret = None
    assert 200 == (await phone.begin()).status_code
    assert before != phone.user_id
