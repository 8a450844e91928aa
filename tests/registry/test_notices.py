"""Notices to the operator: Telegram, a webhook for other chat tools, and mail; tried again until they are taken."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest
from aiohttp import web as http_server

from chassis.postgres import Database
from chassis.settings import Secret
from services.registry import app
from services.registry.ground import Ground
from services.registry.notices.courier import Courier
from tests import gateless
from tests.registry.builders import Peers, a_developer, a_session
from tests.registry.papers import a_production_app, hand_in
from tests.registry.test_console import as_page, post


@dataclass
class Chat:
    """Somebody else's chat tool on loopback."""

    url: str = ""
    status: int = 200
    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def hear(self, request: http_server.Request) -> http_server.Response:
        self.heard.append((request.path, await request.json()))
        return http_server.Response(status=self.status)


@pytest.fixture
async def chat() -> AsyncIterator[Chat]:
    tool = Chat()
    server = http_server.Application()
    server.router.add_post("/{rest:.*}", tool.hear)
    runner = http_server.AppRunner(server)
    await runner.setup()
    site = http_server.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    tool.url = f"http://{host}:{port}"
    yield tool
    await runner.cleanup()


async def test_an_application_is_told_everywhere(ground: Ground, peers: Peers, db: Database, chat: Chat) -> None:
    """One handed in, one message to each way that is configured; the token stands in no row of the queue."""
    assert peers is not None
    told = _told(ground, chat)
    async with gateless.client(app.litestar_app(told, ground.issuer)) as http:
        made = await _hand_in(http)
    courier = Courier(told)
    assert 2 == await courier.deliver()
    assert {"/bot123:abc/sendMessage", "/hook"} == {path for path, _ in chat.heard}
    bodies = dict(chat.heard)
    assert "-100200" == bodies["/bot123:abc/sendMessage"]["chat_id"]
    assert f"/admin/approvals/{made['id']}" in bodies["/hook"]["text"]
    assert "new_developer_account" in bodies["/hook"]["text"]
    letter = json.loads(
        bytes(
            await db.fetchval("select payload from outbox where tag = 'registry.letter.asked' order by id desc limit 1")
        )
    )
    assert ("operator@acme.example", "promotion_submitted") == (letter["address"], letter["occasion"])
    assert 0 == await db.fetchval("select count(*) from notices where sealed is not null")


async def test_a_question_is_told_everywhere(ground: Ground, db: Database, chat: Chat) -> None:
    """What a person asks from the console reaches the operator with who it is; too little to go on is asked again."""
    told, me = _told(ground, chat), a_session(csrf_token="me")
    async with gateless.client(app.litestar_app(told, ground.issuer)) as http:
        assert 'action="/developer/help"' in (await http.get("/developer/help", headers=as_page(me))).text
        short = await post(http, "/developer/help", me, message="<b>Help!")
        assert (422, True) == (short.status_code, "&lt;b&gt;Help!" in short.text)
        stolen = await http.post("/developer/help", data={"message": "x" * 30}, headers=as_page(me))
        assert 403 == stolen.status_code
        sent = await post(http, "/developer/help", me, message="My app was rejected.\nWhy so?\x1b[2J")
        assert (303, "/developer/help?sent=1") == (sent.status_code, sent.headers["location"])
    assert 2 == await Courier(told).deliver()
    text = dict(chat.heard)["/hook"]["text"]
    assert (f"account {me.user_id}" in text, "Why so?[2J" in text, "\x1b" in text) == (True, True, False)
    payload = await db.fetchval(
        "select payload from outbox where tag = 'registry.letter.asked' order by id desc limit 1"
    )
    assert "support_asked" == json.loads(bytes(payload))["occasion"]


async def test_where_nobody_would_hear(ground: Ground) -> None:
    """Without any way to the operator there is no form; an address, where one is set, is shown."""
    me = a_session(csrf_token="me")
    known = msgspec.structs.replace(ground.settings, support_email="help@acme.example")
    for settings, shown in ((ground.settings, "Nobody reads questions"), (known, "mailto:help@acme.example")):
        alone = msgspec.structs.replace(ground, settings=settings)
        async with gateless.client(app.litestar_app(alone, ground.issuer)) as http:
            page = await http.get("/developer/help", headers=as_page(me))
            assert (shown in page.text, "<textarea" in page.text) == (True, False)
            assert 404 == (await post(http, "/developer/help", me, message="x" * 30)).status_code


async def test_a_tool_that_is_away(ground: Ground, peers: Peers, db: Database, chat: Chat) -> None:
    """A notice that is not taken is tried again later; why is told without the address, which is a secret."""
    assert peers is not None
    told = _told(ground, chat)
    chat.status = 503
    async with gateless.client(app.litestar_app(told, ground.issuer)) as http:
        await _hand_in(http)
    courier = Courier(told)
    assert 2 == await courier.deliver()
    assert 0 == await courier.deliver()
    rows = await db.fetch("select tries, last_error, next_try_at from notices where sent_at is null")
    assert [(1, "status 503")] * 2 == [(row["tries"], row["last_error"]) for row in rows]
    assert all(row["next_try_at"] > ground.clock.now() for row in rows)
    chat.status = 200
    await db.execute("update notices set next_try_at = $1", ground.clock.now() - timedelta(seconds=1))
    assert 2 == await courier.deliver()
    assert 4 == len(chat.heard)


def _told(ground: Ground, chat: Chat) -> Ground:
    config = msgspec.structs.replace(
        ground.settings,
        telegram_api=chat.url,
        telegram_bot_token=Secret("123:abc"),
        telegram_chat_id="-100200",
        operator_webhook_url=Secret(f"{chat.url}/hook"),
        operator_email="operator@acme.example",
    )
    return msgspec.structs.replace(ground, settings=config)


async def _hand_in(http: httpx.AsyncClient) -> dict[str, Any]:
    me = a_developer()
    made = await a_production_app(http, me)
    answer = await hand_in(http, me, made["id"])
    assert 201 == answer.status_code
    found: dict[str, Any] = answer.json()
    return found
