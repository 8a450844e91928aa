"""Two hosts before one gateway: each answers what is its own, pages lead to the other one, nothing else does."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from nats.aio.client import Client

from contracts import hosts
from contracts.hosts import Host
from contracts.principal import Session
from contracts.routes import Face, Route, RouteTable
from tests.gateway.builders import ISSUER, Auth, Town, a_town, some_settings
from tests.gateway.shop import Shop

CONSOLE = "http://console.test:8000"
AT_CONSOLE = ("Host", "console.test:8000")
COOKIE = ("Cookie", "logi_session=abc")


def a_route(path: str, host: Host, method: str = "GET", face: Face = "page") -> Route:
    return Route(method=method, path=path, face=face, credentials=("session", "none"), rate="none", host=host)


ROUTES = [
    a_route("/door", "issuer"),
    a_route("/room", "console"),
    a_route("/room/{name}", "console"),
    a_route("/room", "console", "POST"),
    a_route("/look", "any"),
    a_route("/api/thing", "issuer", face="first"),
]


@pytest.fixture
async def apart(gateway_link: Client, redis_url: str, tmp_path: Path, shop: Shop) -> AsyncIterator[Town]:
    """A gateway whose console has a host of its own, with the shop's service behind routes of the test's."""
    config = some_settings(redis_url, tmp_path, console_origin=CONSOLE)
    async with a_town(config, gateway_link, [RouteTable(service="shop", routes=ROUTES)]) as made:
        yield made


async def test_each_host_answers_its_own(apart: Town) -> None:
    """A page of the other host is a redirect there, with path and query as they came."""
    answers = [
        await apart.ask("/room?a=%2F&b=1", headers=[("Host", "logi.test:8000")]),
        await apart.ask("/room/a%20b", headers=[("Host", "logi.test:8000")]),
        await apart.ask("/door?x", headers=[AT_CONSOLE]),
        await apart.ask("/door", headers=[("Host", "CONSOLE.TEST:8000")], method="HEAD"),
    ]
    assert [
        (302, f"{CONSOLE}/room?a=%2F&b=1"),
        (302, f"{CONSOLE}/room/a%20b"),
        (302, f"{ISSUER}/door?x"),
        (302, f"{ISSUER}/door"),
    ] == [(answer.status, answer.header("location")) for answer in answers]
    assert {"no-store"} == {answer.header("cache-control") for answer in answers}


@pytest.mark.parametrize(
    ("method", "path", "host"),
    [
        ("POST", "/room", "logi.test:8000"),
        ("GET", "/api/thing", "console.test:8000"),
        ("GET", "/x", "console.test:8000"),
    ],
)
async def test_only_pages_lead_to_the_other_host(apart: Town, method: str, path: str, host: str) -> None:
    """A form and the API are not there on the other host: nothing of theirs is sent across."""
    answer = await apart.ask(path, method=method, headers=[("Host", host)])
    assert (404, None) == (answer.status, answer.header("location"))


async def test_a_host_nobody_named_counts_as_the_issuers(apart: Town) -> None:
    """Whatever else leads here reaches no page of the console, and never decides where a redirect leads."""
    answer = await apart.ask("/room", headers=[("Host", "evil.test")])
    assert (302, f"{CONSOLE}/room") == (answer.status, answer.header("location"))


@pytest.mark.parametrize(
    ("origin", "status"), [(CONSOLE, 404), (ISSUER, 403), ("http://evil.test", 403), ("null", 403)]
)
async def test_a_form_counts_only_from_its_own_host(apart: Town, auth: Auth, origin: str, status: int) -> None:
    """A session of the console's host changes something for the console's pages alone, not for the issuer's.

    The shop has no such route: 404 is its answer, 403 the gateway's.
    """
    auth.known["abc"] = Session(
        user_id=1,
        sub="1",
        role="user",
        identity_verified_level=1,
        session_id="00",
        csrf_token="t",
        authenticated_at=datetime(2026, 5, 11, tzinfo=UTC),
    )
    answer = await apart.ask("/room", method="POST", headers=[AT_CONSOLE, COOKIE, ("Origin", origin)])
    assert status == answer.status


async def test_one_host_answers_everything(gateway_link: Client, redis_url: str, tmp_path: Path, shop: Shop) -> None:
    """Without a host of the console's own the column says nothing: every route is answered under every name."""
    config = some_settings(redis_url, tmp_path)
    async with a_town(config, gateway_link, [RouteTable(service="shop", routes=ROUTES)]) as town:
        paths = ["/door", "/room", "/look", "/api/thing"]
        found = [
            (await town.ask(path, headers=[("Host", name)])).header("location")
            for path in paths
            for name in ("logi.test:8000", "console.test:8000")
        ]
    assert 8 * [None] == found


@pytest.mark.parametrize(
    ("path", "host"),
    [
        ("/console", "console"),
        ("/account/passkeys/new/options", "console"),
        ("/developer/applications/{application_id}/hosts", "console"),
        ("/session/handoff", "console"),
        ("/account/identities/{provider}/link", "issuer"),
        ("/account/qr", "issuer"),
        ("/accounts", "issuer"),
        ("/console/login", "issuer"),
        ("/session/new", "issuer"),
        ("/session/handover", "issuer"),
        ("/oauth/authorize", "issuer"),
        ("/session/confirm/options", "any"),
        ("/session/sign_out", "any"),
        ("/assets/{name}", "any"),
    ],
)
def test_the_column_of_hosts(path: str, host: str) -> None:
    """People sign in at the issuer's host and do what they came for at the console's (auth.md 1.2)."""
    assert host == hosts.of_page(path)


def test_an_older_table_is_the_issuers() -> None:
    """A route without the column is answered at the issuer's host."""
    told = b'{"method":"GET","path":"/a","face":"page","credentials":["none"],"rate":"none"}'
    assert "issuer" == msgspec.json.decode(told, type=Route).host
