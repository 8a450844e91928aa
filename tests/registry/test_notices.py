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
from tests.registry.builders import Peers, a_developer
from tests.registry.papers import a_production_app, hand_in


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
