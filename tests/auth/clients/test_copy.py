"""Auth's copy of applications: the newest version wins by whichever way it comes, and deletion is final."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from chassis import nats_link
from chassis.events import Heard, Record
from chassis.wire import questions
from contracts.applications import Application
from contracts.events.registry import ApplicationUpdated
from contracts.ids import new_event_id
from contracts.questions.auth import ClientApply
from contracts.questions.registry import ClientOf
from services.auth.clients import apply, store
from services.auth.clients.known import Clients
from tests.auth.device.builders import a_cli, begun, decided, poll
from tests.auth.people import NOON
from tests.auth.rp import World, an_app, changed


async def test_registrys_question_takes_effect_before_it_is_answered(world: World, nats_url: str) -> None:
    """Asked over NATS; an older version changes nothing, and the answer tells what is held."""
    nc = await nats_link.connect(nats_url, name="test")
    answering = await questions.answer(nc, "auth", ClientApply, apply.Answers(world.db).apply)
    app = an_app()
    newer = changed(app, name="Newer")
    held = [(await questions.ask(nc, "registry", ClientApply(application=each))).version for each in (app, newer, app)]
    assert [1, 2, 2] == held
    assert newer == await store.find(world.db, app.client_id)
    await answering.drain()
    await nc.close()


async def test_an_unknown_client_is_read_through_to_registry(world: World, nats_url: str) -> None:
    """And kept: the second time nobody is asked."""
    nc = await nats_link.connect(nats_url, name="test")
    app, asked = an_app(), []

    async def registry(question: ClientOf) -> Application | None:
        asked.append(question.client_id)
        return app if question.client_id == app.client_id else None

    answering = await questions.answer(nc, "registry", ClientOf, registry)
    known = Clients(
        world.db,
        lambda client_id: questions.ask(nc, "auth", ClientOf(client_id=client_id)),
        world.ground.clients.assertions,
    )
    assert [app, app, None] == [
        await known.fresh(app.client_id),
        await known.fresh(app.client_id),
        await known.fresh("x"),
    ]
    assert [app.client_id, "x"] == asked
    await answering.drain()
    await nc.close()


async def test_events_in_any_order_leave_the_newest(world: World) -> None:
    """Ten versions at once, by several hands."""
    versions = [an_app()]
    while len(versions) < 10:
        versions.append(changed(versions[-1], name=f"v{len(versions)}"))

    async def hear(app: Application) -> None:
        event = ApplicationUpdated(event_id=new_event_id(NOON), occurred_at=NOON, application=app)
        async with world.db.transaction() as tx:
            await apply.events(tx, [Heard(event, None)])

    await asyncio.gather(*(hear(app) for app in (*versions[::2], *versions[::-1])))
    assert versions[-1] == await store.find(world.db, versions[0].client_id)


async def _tombstone(world: World, app: Application) -> None:
    async with world.db.transaction() as tx:
        await apply.application(tx, changed(app, deleted_at=datetime(2026, 5, 11, tzinfo=UTC)))


async def _lost(world: World, app: Application) -> None:
    """Registry was restored from before the application was made."""
    async with world.db.transaction() as tx:
        copy = apply.Copy()
        assert f"{app.id:019d}" in await copy.keys(tx)
        await copy.remove(tx, [f"{app.id:019d}"])


@pytest.mark.parametrize("end", [_tombstone, _lost])
async def test_what_a_deleted_client_held_ends_with_it(world: World, end: Any) -> None:
    """Tokens, grants, and every further request; an older event does not revive it."""
    app, ada = await world.tell(an_app()), await world.person(f"{end.__name__}@copy.example")
    tokens = await world.tokens(app, ada)
    await end(world, app)
    await world.tell(app)
    assert 401 == (await world.userinfo(tokens["access_token"])).status_code
    assert "invalid_client" == (await world.refresh(app, tokens["refresh_token"])).json()["error"]
    assert 0 == await world.db.fetchval("select count(*) from grants where client_id = $1", app.client_id)


@pytest.mark.parametrize("late", [False, True])
async def test_a_deletion_that_was_missed(world: World, late: bool) -> None:
    """Deleted and restored before auth heard of either: nothing from before is honoured, the late news ends nothing."""
    app, ada = await world.tell(an_app()), await world.person(f"missed{late}@copy.example")
    tokens = await world.tokens(app, ada)
    deleted = changed(app, deleted_at=datetime(2026, 5, 11, tzinfo=UTC))
    restored = changed(msgspec.structs.replace(deleted, deleted_at=None), generation=1)
    await _heard(world, restored)
    assert 401 == (await world.userinfo(tokens["access_token"])).status_code
    assert "invalid_grant" == (await world.refresh(app, tokens["refresh_token"])).json()["error"]
    assert 0 == await world.db.fetchval("select count(*) from grants where client_id = $1", app.client_id)
    again = await world.tokens(restored, ada)
    await _heard(world, deleted if late else restored)
    await _heard(world, changed(restored, name="Renamed"))
    assert 200 == (await world.userinfo(again["access_token"])).status_code


async def test_a_device_that_waited_is_let_in_no_more(world: World) -> None:
    """A yes from before the deletion is good for nothing once the app is back."""
    app, ada = await world.tell(a_cli()), await world.person("device@copy.example")
    device = await begun(world, app)
    async with world.browser() as http:
        await decided(http, device["user_code"], await world.sign_in(http, ada))
    deleted = changed(app, deleted_at=datetime(2026, 5, 11, tzinfo=UTC))
    await _heard(world, deleted)
    await _heard(world, changed(msgspec.structs.replace(deleted, deleted_at=None), generation=1))
    answer = await poll(world, app, device["device_code"])
    assert (400, "access_denied") == (answer.status_code, answer.json()["error"])


async def _heard(world: World, app: Application) -> None:
    async with world.db.transaction() as tx:
        await apply.application(tx, app)


async def test_a_rebuild_takes_the_owners_word(world: World) -> None:
    """After distrust, even a lower version than the one held is taken."""
    app = await world.tell(changed(changed(an_app())))
    restored = msgspec.structs.replace(app, version=2, name="Restored")
    async with world.db.transaction() as tx:
        copy = apply.Copy()
        await copy.distrust(tx)
        await copy.apply(tx, Record(f"{app.id:019d}", 2, msgspec.json.encode(restored)))
    assert restored == await store.find(world.db, app.client_id)
