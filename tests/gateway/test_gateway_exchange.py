"""An exchange through the gateway: what arrives, what is sent back, what happens when the service does not answer."""

import asyncio
from pathlib import Path

from nats.aio.client import Client

from chassis import nats_link
from chassis.wire import serve
from contracts.routes import RouteTable
from deploy.local.servers.nats import Nats
from tests.gateway.builders import ISSUER, Town, a_town, some_settings
from tests.gateway.shop import POOLS, Shop


async def test_a_request_reaches_its_service(town: Town) -> None:
    """Method, path, query, client, scheme and host arrive as the gateway saw them."""
    answer = await town.ask("/echo?a=1&b=%2F")
    seen = answer.json
    assert answer.status == 200
    assert ("GET", "/echo", "a=1&b=%2F") == (seen["method"], seen["path"], seen["query"])
    assert ("127.0.0.1", "http", "logi.test") == (seen["client"], seen["scheme"], seen["host"])


async def test_every_response_has_its_own_request_id(town: Town) -> None:
    """Answers, refusals and unreadable requests carry X-Logi-Request-Id; nobody else's ever shows."""
    answers = [
        await town.ask("/echo", headers={"X-Logi-Request-Id": "mine"}),
        await town.ask("/nowhere"),
        await town.ask("/up"),
        await town.raw(b"nonsense\r\n\r\n"),
    ]
    ids = [answer.all("x-logi-request-id") for answer in answers]
    assert all(len(found) == 1 and found[0].startswith("req_") for found in ids)
    assert 4 == len({found[0] for found in ids})


async def test_the_service_logs_the_same_request_id(town: Town, shop: Shop) -> None:
    """A refusal of the service names the id that the gateway gave."""
    answer = await town.ask("/sized?size=none")
    assert 400 <= answer.status < 500
    assert answer.header("x-logi-request-id") == answer.json["request_id"]


async def test_two_cookies_stay_two(town: Town) -> None:
    """Repeated Set-Cookie headers survive the way."""
    answer = await town.ask("/sized?size=1&cookie=true")
    assert 2 == len(answer.all("set-cookie"))


async def test_security_headers_are_on_everything_and_a_page_sets_its_own_policy(town: Town) -> None:
    """Defaults are added where the service says nothing; without https there is no HSTS."""
    answer, page = await town.ask("/echo"), await town.ask("/page")
    assert "nosniff" == answer.header("x-content-type-options")
    assert "same-origin" == answer.header("referrer-policy")
    assert "same-origin" == answer.header("cross-origin-resource-policy")
    assert ["default-src 'none'; frame-ancestors 'none'"] == answer.all("content-security-policy")
    assert ["default-src 'self'"] == page.all("content-security-policy")
    assert "no-store" == answer.header("cache-control")
    assert answer.header("strict-transport-security") is None


async def test_https_issuers_get_hsts(gateway_link: Client, redis_url: str, tmp_path: Path) -> None:
    """Where the public origin is https, browsers are told to stay there."""
    config = some_settings(redis_url, tmp_path, issuer="https://id.example")
    async with a_town(config, gateway_link, []) as town:
        answer = await town.ask("/up")
    assert "max-age=63072000; includeSubDomains" == answer.header("strict-transport-security")


async def test_head_is_served_by_get(town: Town) -> None:
    """HEAD tells the length of what GET would send, and sends nothing of it."""
    answer = await town.ask("/sized?size=77", method="HEAD")
    assert (200, "77", b"") == (answer.status, answer.header("content-length"), answer.body)


async def test_nobody_there_is_503(gateway_link: Client, redis_url: str, tmp_path: Path) -> None:
    """A route whose service does not run answers at once, in the envelope, and says when to come again."""
    config = some_settings(redis_url, tmp_path)
    routes = [route for route in Shop().table.routes if route.path == "/echo"]
    async with a_town(config, gateway_link, [RouteTable(service="absent", routes=routes)]) as town:
        answer = await town.ask("/echo")
    assert 503 == answer.status
    assert "1" == answer.header("retry-after")
    assert "temporarily_unavailable" == answer.json["error"]
    assert f"{ISSUER}/docs/oauth/errors#temporarily_unavailable" == answer.json["error_uri"]


async def test_a_deadline_is_504(town: Town, shop: Shop) -> None:
    """What takes longer than its route may is given up, in the service too."""
    answer = await town.ask("/slow?seconds=30")
    assert (504, "deadline_passed") == (answer.status, answer.json["error"])
    async with asyncio.timeout(30):
        await shop.cancelled.wait()


async def test_too_large_a_reply_is_502(town: Town) -> None:
    """A reply beyond a frame, without a second connection for it, becomes a small refusal."""
    answer = await town.ask("/sized?size=2000000")
    assert (502, "reply_too_large") == (answer.status, answer.json["error"])


async def test_large_bodies_travel_on_their_own_connection(
    private_nats: Nats, redis_url: str, tmp_path: Path, gateway_link: Client
) -> None:
    """With a second connection on both sides a reply beyond a frame arrives whole."""
    links = [await nats_link.connect(private_nats.url, name=f"bulk{n}") for n in range(3)]
    shop = Shop()
    table = RouteTable(service="bulky", routes=_untight(shop.table).routes)
    async with (
        serve.http(links[0], "bulky", shop.app, POOLS, links[1]),
        a_town(some_settings(redis_url, tmp_path), gateway_link, [table], links[2]) as town,
    ):
        answer = await town.ask("/sized?size=2000000")
    assert (200, 2_000_000) == (answer.status, len(answer.body))
    for link in links:
        await link.close()


async def test_who_hangs_up_cancels(town: Town, shop: Shop) -> None:
    """A client that leaves ends the work that was done for it."""
    _, writer = await asyncio.open_connection("127.0.0.1", town.port)
    writer.write(b"GET /patient?seconds=60 HTTP/1.1\r\nHost: a\r\n\r\n")
    async with asyncio.timeout(30):
        await shop.begun.wait()
        writer.close()
        await shop.cancelled.wait()


async def test_a_header_that_would_split_the_response_is_not_sent(town: Town) -> None:
    """A service that lets CR LF into a header gets a 502 in its place, and no cookie is planted."""
    answer = await town.ask("/splitting")
    assert (502, None) == (answer.status, answer.header("set-cookie"))


async def test_draining_finishes_what_is_in_flight(
    gateway_link: Client, redis_url: str, tmp_path: Path, shop: Shop
) -> None:
    """At the end the gateway takes nothing more, but who was being served is served."""
    async with a_town(some_settings(redis_url, tmp_path), gateway_link, [_untight(shop.table)]) as town:
        pending = asyncio.create_task(town.ask("/patient?seconds=0.5"))
        async with asyncio.timeout(30):
            await shop.begun.wait()
    answer = await pending
    assert (200, "close") == (answer.status, answer.header("connection"))


def _untight(table: RouteTable) -> RouteTable:
    """The shop's routes for a gateway with the default limits."""
    return RouteTable(service=table.service, routes=[route for route in table.routes if route.rate != "tight"])
