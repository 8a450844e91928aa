"""What is held about people: no table and no column is forgotten, in a copy or when an account is gone."""

from datetime import timedelta

from services.auth.holdings import store
from tests.auth.connected_apps.test_connected_apps import CLIENT, connect
from tests.auth.people import People, a_key, bearer

TABLES = """select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition order by 1"""

COLUMNS = "select column_name as name from information_schema.columns where table_name = $1 and table_schema = 'public'"

HANGING = """select distinct k.conrelid::regclass::text as name from pg_constraint k
    where k.contype = 'f' and k.confrelid = 'users'::regclass and k.confdeltype in ('c', 'n')"""
"""Tables whose rows go with the account, or lose its number."""


async def test_every_table_has_its_place(process: People) -> None:
    """Whoever adds a table says whether a person gets a copy of it, how long it lasts, or that it is about nobody."""
    there = {row["name"] for row in await process.ground.db.fetch(TABLES)}
    assert there == {*store.SHOWN, *store.PASSING, *store.IMPERSONAL}
    places = [*store.SHOWN, *store.PASSING, *store.IMPERSONAL]
    assert [] == sorted(name for name in places if places.count(name) > 1)


async def test_every_column_is_shown_or_withheld_for_a_reason(process: People) -> None:
    """A new column of a table that a person gets a copy of is in the copy, or is named with the reason."""
    forgotten = []
    for table, sql in store.SHOWN.items():
        async with process.ground.db.connection() as connection:
            shown = {attribute.name for attribute in (await connection.prepare(sql)).get_attributes()}
        reasons = store.WITHHELD.get(table, "").replace(",", " ").split()
        columns = {row["name"] for row in await process.ground.db.fetch(COLUMNS, table)} - {"user_id"}
        forgotten += [f"{table}.{name}" for name in sorted(columns - shown - set(reasons))]
    assert [] == forgotten


async def test_every_table_about_people_is_emptied_with_them(process: People) -> None:
    """What hangs on the account's row goes with it; the rest is forgotten by a statement, or passes by itself."""
    hanging = {row["name"] for row in await process.ground.db.fetch(HANGING)}
    assert [] == sorted(set(store.SHOWN) - {"users"} - hanging - set(store.FORGOTTEN))


async def test_nothing_about_nobody_has_a_person_in_it(process: People) -> None:
    """A table that is said to be about nobody has no column that names an account or an address."""
    named = []
    for table in sorted(store.IMPERSONAL):
        columns = {row["name"] for row in await process.ground.db.fetch(COLUMNS, table)}
        named += [f"{table}.{name}" for name in columns & {"user_id", "sub", "email", "email_key", "recipient"}]
    assert [] == named


async def test_a_copy_has_it_all_and_no_secret(house: People) -> None:
    """Profile, sign-ins, grants, keys and mails, as a file; not one secret of theirs."""
    ada = await house.developer("ada@copy.example")
    await connect(house, ada.id)
    plain = await a_key(house, ada.id, "profile:read")
    async with house.signed_in("ada@copy.example") as browser:
        answer = await browser.get("/account/export")
        assert 200 == answer.status_code, answer.text
        same = (await browser.get("/api/v1/me/export")).json()["tables"]
    assert f'attachment; filename="logi-{ada.id}-' in answer.headers["content-disposition"]
    copy = answer.json()
    assert (str(ada.id), [], set(store.SHOWN)) == (copy["user_id"], copy["cut"], set(copy["tables"]))
    tables = copy["tables"]
    assert ["ada@copy.example"] == [row["email"] for row in tables["users"]]
    assert [CLIENT] == [row["client_id"] for row in tables["grants"]]
    assert (1, 1) == (len(tables["login_logs"]), len(tables["api_keys"]))
    assert tables["grants"] == same["grants"]
    assert [{"slug": f"personal-{ada.id}", "role": "owner"}] == copy["registry"]["memberships"]
    for secret in (plain, "password_hash", "sha256", "csrf", "sealed", "$argon2"):
        assert secret not in answer.text


async def test_a_copy_needs_its_person_and_just_now(house: People) -> None:
    """Not a key, and not a session of this morning: an unlocked screen is no consent."""
    bob = await house.developer("bob@copy.example")
    key = await a_key(house, bob.id, "profile:read")
    async with house.signed_in("bob@copy.example") as browser:
        assert 401 == (await house.browser().get("/api/v1/me/export", headers=bearer(key))).status_code
        house.clock.advance(timedelta(minutes=16))
        assert 403 == (await browser.get("/api/v1/me/export")).status_code
        led = await browser.get("/account/export")
        assert (303, "/session/confirm?return_to=%2Faccount%2Fexport") == (led.status_code, led.headers["location"])


async def test_a_claimed_address_brings_nothing_of_its_owner(house: People) -> None:
    """Somebody who signs up with another person's address gets neither the mails that went there before, nor word of
    who has invited it.
    """
    carol = await house.developer("carol@copy.example")
    await house.ground.db.execute(
        """insert into mail_outbox (key, kind, recipient, language, sealed, created_at, next_try_at)
        values (gen_random_uuid(), 'password_reset', 'carol@copy.example', 'en', 'x', $1, $1)""",
        house.clock.now() - timedelta(days=1),
    )
    level = "update users set identity_verified_level = $2 where id = $1"
    seen = []
    for claimed in (0, 1):
        await house.ground.db.execute(level, carol.id, claimed)
        async with house.signed_in("carol@copy.example") as browser:
            copy = (await browser.get("/api/v1/me/export")).json()
        mails = [row["kind"] for row in copy["tables"]["mail_outbox"]]
        seen.append(("password_reset" in mails, len(copy["registry"]["invitations"])))
    assert [(False, 0), (True, 1)] == seen


async def test_who_was_folded_in_is_the_same_person(process: People) -> None:
    """Of an anonymous account only the number is left, by which applications know its person: what was noted under it
    is in the survivor's copy, and is forgotten with the survivor.
    """
    dora = await process.developer("dora@copy.example")
    gone, now, db = 9_000_001, process.clock.now(), process.ground.db
    await db.execute(
        """insert into identity_links (primary_user_id, linked_user_id, merged_via, idempotency_key, source_event_id,
            occurred_at) values ($1, $2, 'anonymous_swap', 'swap:copy', 'evt_copy', $3)""",
        dora.id,
        gone,
        now,
    )
    await db.execute(
        """insert into token_log (at, id, grant_type, client_id, outcome, sub, scopes, ip, user_agent)
        values ($2, gen_random_uuid(), 'code', 'x', 'issued', $1, '{}', '', '')""",
        str(gone),
        now,
    )
    assert ["code"] == [row["grant_type"] for row in (await store.shown(db, dora.id))["token_log"]]
    assert [dora.id, gone] == await store.persons(db, dora.id)
