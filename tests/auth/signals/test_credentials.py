"""What receivers of Shared Signals are told of credentials: who hears, under which sub, and in the same transaction."""

from services.auth.factors import notices
from tests.auth.people import People, csrf

GRANT = "insert into grants (user_id, client_id, sub, scopes, created_at, updated_at) values ($1, $2, $3, '{}', $4, $4)"
TAG = "auth.credential.changed"


async def test_a_changed_password_is_told_to_the_apps_that_were_let_in(house: People) -> None:
    """Each by the sub that it knows; an app of an absorbed account by that one's, where it has no other."""
    ada = await house.developer("ada@signals.example")
    once = await house.developer("once@signals.example")
    db, now = house.ground.db, house.clock.now()
    await db.execute("update users set merged_into = $2, suspended_at = now() where id = $1", once.id, ada.id)
    for user_id, client_id in ((ada.id, "logi_a"), (once.id, "logi_a"), (once.id, "logi_b")):
        await db.execute(GRANT, user_id, client_id, str(user_id), now)
    async with house.signed_in("ada@signals.example") as browser:
        form = {"password": "quite another sentence", "csrf_token": await csrf(browser, "/account/password")}
        assert 303 == (await browser.post("/account/password", data=form)).status_code
    (event,) = [one for one in await house.announced(TAG) if one["canonical_sub"] == str(ada.id)]
    assert {"logi_a": str(ada.id), "logi_b": str(once.id)} == event["subs"]
    assert ["logi_a", "logi_b"] == event["client_ids"]
    assert ("password", "update") == (event["credential_type"], event["change_type"])


async def test_factors_that_come_and_go(house: People) -> None:
    """In CAEP's words; an account that no app knows is nobody's news."""
    bob = await house.developer("bob@signals.example")
    alone = await house.developer("alone@signals.example")
    await house.ground.db.execute(GRANT, bob.id, "logi_c", str(bob.id), house.clock.now())
    async with house.ground.db.transaction() as tx:
        for account in (bob, alone):
            await notices.added(house.ground, tx, account.id, "totp")
            await notices.removed(house.ground, tx, account.id, "passkey", name="Phone")
    found = [event for event in await house.announced(TAG) if event["credential_type"] != "password"]
    assert [(str(bob.id), "app", "create"), (str(bob.id), "fido2-platform", "delete")] == [
        (event["canonical_sub"], event["credential_type"], event["change_type"]) for event in found
    ]
