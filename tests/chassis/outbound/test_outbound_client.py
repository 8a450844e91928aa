"""What a well-behaved server sees of us, and what the caller gets back."""

from datetime import UTC, datetime, timedelta

import pytest

from chassis import trace
from chassis.outbound import ConnectFailed, RedirectNotFollowed
from tests.chassis.outbound.hostile import answering, redirecting
from tests.chassis.outbound.world import World


async def test_answer_is_what_was_sent(world: World) -> None:
    """Status, repeated headers and body arrive unchanged, with the address dialled and the certificate's end."""
    server = await world.server(answering(b"hello", "404 Not Found", "X-A: 1", "X-A: 2"), "rp.example")
    answer = await world.client(server).fetch("GET", "https://rp.example/x?y=1")
    assert (404, b"hello", False) == (answer.status, answer.body, answer.truncated)
    assert ["1", "2"] == [value for name, value in answer.headers if name == "x-a"]
    assert answer.address == "127.0.0.1"
    assert answer.certificate_expires is not None
    assert answer.certificate_expires > datetime.now(UTC)
    assert answer.timings.dial is not None
    assert answer.timings.tls is not None


async def test_request_says_no_more_than_it_should(world: World) -> None:
    """The name stands in Host, compression is declined, and no cookie, referrer or trace goes out unasked."""
    server = await world.server(answering(b"ok", "200 OK", "Set-Cookie: a=b"), "rp.example")
    client = world.client(server)
    for _ in range(2):
        await client.fetch("POST", "https://rp.example/x", [("Host", "evil"), ("X-Id", "7")], b"body", owner="app")
    for head in server.heads:
        lines = head.decode().split("\r\n")
        assert lines[0] == "POST /x HTTP/1.1"
        names = sorted(line.partition(":")[0].lower() for line in lines[1:] if line)
        assert ["accept-encoding", "content-length", "host", "user-agent", "x-id"] == names
        assert "Host: rp.example" in lines
        assert "Accept-Encoding: identity" in lines
    assert [b"body", b"body"] == server.bodies


async def test_trace_goes_only_where_asked(world: World) -> None:
    """A webhook carries the trace it belongs to; nothing else does."""
    server = await world.server(answering(), "rp.example")
    client = world.client(server)
    parent = "00-" + "1" * 32 + "-" + "2" * 16 + "-01"
    with trace.arriving(parent):
        await client.fetch("GET", "https://rp.example/", [("traceparent", "forged")])
        await client.fetch("GET", "https://rp.example/", propagate=True)
    assert [False, True] == [b"traceparent: 00-" + b"1" * 32 in head for head in server.heads]
    assert b"forged" not in server.heads[0]


async def test_connections_are_reused_within_one_owner_only(world: World) -> None:
    """An owner's second request needs no new connection; another owner's does, and without an owner every one does."""
    server = await world.server(answering(), "rp.example")
    client = world.client(server)
    for owner in ("a", "a", "a", "b", None, None):
        await client.fetch("GET", "https://rp.example/", owner=owner)
    assert server.connections == 4


async def test_proxy_variables_are_ignored(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment cannot send our requests elsewhere."""
    server = await world.server(answering(), "rp.example")
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert (await world.client(server).fetch("GET", "https://rp.example/")).status == 200


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
async def test_redirects_are_not_followed_unasked(world: World, status: str) -> None:
    """Without the caller's leave the target of a redirect is never contacted."""
    server = await world.server(redirecting("https://rp.example/next", status), "rp.example")
    with pytest.raises(RedirectNotFollowed) as stopped:
        await world.client(server).fetch("GET", "https://rp.example/")
    assert int(status[:3]) == stopped.value.status
    assert len(server.heads) == 1


async def test_redirects_end_at_the_hop_limit(world: World) -> None:
    """With leave for two hops, three requests are made and no fourth."""
    server = await world.server(redirecting("/again"), "rp.example")
    with pytest.raises(RedirectNotFollowed):
        await world.client(server).fetch("GET", "https://rp.example/", follow=2)
    assert len(server.heads) == 3


async def test_credentials_do_not_cross_origins(world: World) -> None:
    """A redirect to another host takes neither Authorization nor the body of a POST along."""
    server = await world.server(redirecting("https://other.example/"), "rp.example", "other.example")
    headers = [("Authorization", "Basic x"), ("Content-Type", "text/plain")]
    with pytest.raises(RedirectNotFollowed):
        await world.client(server).fetch("POST", "https://rp.example/", headers, b"secret", follow=1)
    assert server.heads[1].startswith(b"GET / ")
    assert b"Authorization" not in server.heads[1]
    assert [b"secret", b""] == server.bodies


async def test_falls_back_from_ipv6_to_ipv4(world: World) -> None:
    """Where the IPv6 address cannot be dialled, the IPv4 address of the same judged answer is."""
    server = await world.server(answering(), "rp.example")
    world.names.set("rp.example", ["::1", "127.0.0.1"])
    assert (await world.client(server).fetch("GET", "https://rp.example/")).address == "127.0.0.1"


async def test_refused_connection_is_a_fact(world: World) -> None:
    """Nobody listening is `connect_failed`."""
    world.names.set("rp.example", ["127.0.0.1"])
    with pytest.raises(ConnectFailed) as failed:
        await world.client(port_map={443: 9}).fetch("GET", "https://rp.example/", total_timeout=timedelta(seconds=5))
    assert failed.value.reason == "connect_failed"


async def test_plain_loopback_in_development(world: World) -> None:
    """A developer's receiver at http://localhost:port gets its webhook without any name server."""
    server = await world.plain_server(answering())
    client = world.client(http_loopback=True)
    answer = await client.fetch("POST", f"http://localhost:{server.port}/hook", body=b"{}")
    assert (200, []) == (answer.status, world.names.queries)
    assert f"Host: localhost:{server.port}".encode() in server.heads[0]
