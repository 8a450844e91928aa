"""Rate limits at the edge: who is counted under what, what a refusal says, and what holds without Redis."""

import json
from base64 import b64encode
from pathlib import Path

import msgspec
import pytest
from nats.aio.client import Client as Nats

from contracts.principal import AccessToken, Anonymous, Client
from gateway import limits
from gateway.app import Gateway
from gateway.headers import Shown
from gateway.limits import LimitsInvalid
from tests.gateway.builders import Auth, Town, a_town, some_settings
from tests.gateway.shop import Shop

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def from_address(address: str, **headers: str) -> dict[str, str]:
    return {"X-Forwarded-For": address, **headers}


async def a_token(town: Town, address: str, client: str, secret: str = "wrong", more: str = "") -> int:  # noqa: S107
    body = f"client_id={client}&client_secret={secret}{more}".encode()
    return (await town.ask("/token", method="POST", headers=from_address(address, **FORM), body=body)).status


async def test_a_refusal_says_when_to_come_again(proxied: Town, address: str) -> None:
    """429 comes in the envelope with Retry-After and the fields of the RateLimit draft."""
    answers = [await proxied.ask("/items/tight", headers=from_address(address)) for _ in range(3)]
    assert [200, 200, 429] == [answer.status for answer in answers]
    refused = answers[-1]
    assert ("rate_limited", refused.header("x-logi-request-id")) == (refused.json["error"], refused.json["request_id"])
    assert 1 <= int(refused.header("retry-after") or 0) <= 60
    assert '"tight";q=2;w=60' in (refused.header("ratelimit-policy") or "")
    assert '"tight";r=1' in (answers[0].header("ratelimit") or "")


async def test_a_page_is_refused_as_a_page(proxied: Town, address: str) -> None:
    """Who looks at pages gets one that can be read."""
    for _ in range(2):
        await proxied.ask("/page", headers=from_address(address))
    answer = await proxied.ask("/page", headers=from_address(address))
    assert (429, "text/html; charset=utf-8") == (answer.status, answer.header("content-type"))


async def test_addresses_are_counted_apart(proxied: Town, address: str) -> None:
    """One address' flood is nobody else's; a neighbour in the same /64 is the same caller."""
    for _ in range(3):
        await proxied.ask("/items/tight", headers=from_address(address))
    statuses = [
        (await proxied.ask("/items/tight", headers=from_address(who))).status
        for who in (address.removesuffix("1") + "2", "2001:db8:ffff:ffff::1")
    ]
    assert [429, 200] == statuses


async def test_strangers_cannot_spend_a_clients_tokens(proxied: Town, address: str) -> None:
    """Failures at the token endpoint count against (address, client), so the client itself still gets its tokens."""
    client = f"client-{address}"
    failures = [await a_token(proxied, address, client) for _ in range(21)]
    assert [401] * 20 + [429] == failures
    assert 429 == await a_token(proxied, address, client, "right")
    assert 200 == await a_token(proxied, "2001:db8:abcd:1::1", client, "right")


async def test_successes_count_against_the_client(proxied: Town, address: str) -> None:
    """A client's own tokens are limited wherever it asks from."""
    client = f"busy-{address}"
    statuses = [await a_token(proxied, f"2001:db8:{n}:aa::1", client, "right") for n in range(21)]
    assert [200] * 20 + [429] == statuses


async def test_other_names_for_one_stranger_do_not_help(
    gateway_link: Nats, redis_url: str, tmp_path: Path, shop: Shop, address: str
) -> None:
    """Whoever makes up a client for each attempt meets the limit of the address."""
    table = limits.rules()["token"]
    narrow = [msgspec.structs.replace(rule, quota=5) if rule.name == "token-ip" else rule for rule in table]
    file = tmp_path / "limits.json"
    file.write_bytes(msgspec.json.encode({"token": narrow, "tight": []}))
    config = some_settings(redis_url, tmp_path, limits_file=str(file), trusted_proxies=("127.0.0.1/32",))
    async with a_town(config, gateway_link, [shop.table]) as town:
        statuses = [await a_token(town, address, f"{address}-{n}") for n in range(6)]
    assert [401] * 5 + [429] == statuses


async def test_device_polling_counts_by_device_code(proxied: Town, address: str) -> None:
    """Several devices of one client behind one address poll side by side."""
    for code in ("a", "b"):
        statuses = [
            await a_token(proxied, address, f"tv-{address}", more=f"&device_code={code}{address}") for _ in range(21)
        ]
        assert [401] * 20 + [429] == statuses


async def test_management_tokens_have_a_class_of_their_own(proxied: Town, auth: Auth, address: str) -> None:
    """200 in 10 seconds for a client, where others get 60 a minute for an address."""
    auth.known["Bearer m"] = AccessToken(
        sub="m", client_id=f"m-{address}", jti="j", audience="https://default.logto.app/api"
    )
    management = from_address(address, Authorization="Bearer m")
    statuses = [(await proxied.ask("/api/things", headers=management)).status for _ in range(70)]
    assert [200] * 70 == statuses
    statuses = [(await proxied.ask("/api/things", headers=from_address(address))).status for _ in range(90)]
    assert ([200] * 60, 429) == (statuses[:60], statuses[-1])


async def test_strangers_cannot_spend_what_a_client_has_to_poll_with(proxied: Town, auth: Auth, address: str) -> None:
    """Who names a client and cannot prove to be it counts under its own address."""
    name = address.replace(":", "-")
    right, wrong = (f"Basic {b64encode(f'{name}:{secret}'.encode()).decode()}" for secret in ("right", "wrong"))
    auth.known[right] = Client(client_id=name, application_id=1, status="approved")
    strangers = from_address("2001:db8:bad:1::1", Authorization=wrong)
    assert {401, 429} == {(await proxied.ask("/polled", headers=strangers)).status for _ in range(90)}
    own = from_address(address, Authorization=right)
    statuses = [(await proxied.ask("/polled", headers=own)).status for _ in range(90)]
    assert ([200] * 60, 429) == (statuses[:60], statuses[-1])


async def test_without_redis_closed_classes_keep_a_share_and_others_go_on(
    gateway_link: Nats, tmp_path: Path, shop: Shop, limits_file: str
) -> None:
    """A gateway that never reaches Redis limits what must not be open, and counts its blind seconds."""
    config = some_settings("redis://127.0.0.1:1/0", tmp_path, limits_file=limits_file, gateways=2)
    async with a_town(config, gateway_link, [shop.table]) as town:
        closed = [(await town.ask("/items/tight")).status for _ in range(3)]
        open_ = {(await town.ask("/api/things")).status for _ in range(70)}
        blind = town.gateway.limiter.breaker.blind_seconds
    assert ([200, 429, 429], {200}) == (closed, open_)
    assert blind > 0


async def test_a_body_of_a_thousand_brackets(proxied: Town, address: str) -> None:
    """Names no client, and is for the service to refuse: the gateway reads no deeper than it can."""
    deep = b'{"client_id":' + b"[" * 1100 + b"]" * 1100 + b"}"
    json_body = from_address(address, **{"Content-Type": "application/json"})
    assert 401 == (await proxied.ask("/token", method="POST", headers=json_body, body=deep)).status


def test_a_class_without_limits_is_found_at_the_start(gateway_link: Nats, tmp_path: Path, redis_url: str) -> None:
    """A route whose class is in no table would be unlimited by mistake: the gateway does not start."""
    with pytest.raises(LimitsInvalid, match="tight"):
        Gateway(some_settings(redis_url, tmp_path), gateway_link, tables=[Shop().table])


@pytest.mark.parametrize(
    "text", ["{", '{"a": [{"name": "A b", "quota": 1, "window": "1s", "key": ["ip"]}]}', '{"a": [{}]}']
)
def test_a_bad_table_is_refused_with_a_reason(text: str, tmp_path: Path, redis_url: str, gateway_link: Nats) -> None:
    """An operator's mistake in the file of limits ends the start."""
    file = tmp_path / "limits.json"
    file.write_text(text)
    with pytest.raises(LimitsInvalid):
        Gateway(some_settings(redis_url, tmp_path, limits_file=str(file)), gateway_link, tables=[])


def test_an_operators_file_replaces_classes_by_name(tmp_path: Path) -> None:
    """What the file does not name stays as it is."""
    file = tmp_path / "limits.json"
    file.write_text(json.dumps({"token": []}))
    merged, default = limits.rules(file), limits.rules()
    assert ([], default["login"]) == (merged["token"], merged["login"])


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"client_id=a&x=1", "a"),
        (b"x=1&client_id=a%20b", "a b"),
        (b"my_client_id=evil&client_id=a", "a"),
        (b"x=client_id=evil&client_id=a", "a"),
        (b"my_client_id=evil", None),
        (b"client_id=&x=1", None),
        (b"", None),
    ],
)
def test_a_form_counts_for_the_client_that_it_names(body: bytes, named: str | None) -> None:
    """A field whose name or value ends the same names nobody: who could choose, would spend a neighbour's tries."""
    assert named == limits.request("192.0.2.1", Shown([]), Anonymous(), body).client_id
