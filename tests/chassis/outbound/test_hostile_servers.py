"""Servers that are slow, endless, broken or somebody else cost us little and are named for what they are."""

import ssl
from datetime import timedelta

import pytest

from chassis.outbound import (
    ConnectionReset,
    ConnectTimeout,
    HostUnresolvable,
    OutboundFailed,
    TlsInvalid,
)
from tests.chassis.outbound.attacks import OK, SERVERS
from tests.chassis.outbound.hostile import (
    Authority,
    answering,
    endless,
    gzip_bomb,
    serving,
    silent,
)
from tests.chassis.outbound.ordeal import Hurried, met
from tests.chassis.outbound.world import World

SHORT = timedelta(seconds=0.5)


@pytest.mark.parametrize("attack", [name for name, (_, reason) in SERVERS.items() if reason is not None])
async def test_bad_answers_are_named(world: World, attack: str) -> None:
    """Every way of answering badly ends within the caps, in the fact that says what it was."""

    async def call(client: Hurried, url: str) -> str:
        with pytest.raises(OutboundFailed) as failed:
            await client.fetch("GET", url)
        return failed.value.reason

    assert SERVERS[attack].reason == await met(world, attack, call)


async def test_body_is_read_to_the_cap_and_no_further(world: World) -> None:
    """256 bytes pass whole, the 257th is told as truncation, and an endless body ends there too."""
    for behaviour, truncated in (
        (answering(b"x" * 256), False),
        (answering(b"x" * 257), True),
        (endless(b"x" * 1024, start=OK + b"\r\n"), True),
    ):
        server = await world.server(behaviour, "rp.example")
        answer = await world.client(server).fetch("GET", "https://rp.example/", max_body=256)
        assert (b"x" * 256, truncated) == (answer.body, answer.truncated)


async def test_truncated_connection_is_not_reused(world: World) -> None:
    """The rest of a body that was cut off never becomes the start of the next answer."""
    server = await world.server(answering(b"x" * 5_000_000), "rp.example")
    client = world.client(server)
    for _ in range(2):
        await client.fetch("GET", "https://rp.example/", max_body=10, owner="a")
    assert server.connections == 2


async def test_compressed_bodies_stay_compressed(world: World) -> None:
    """A gzip bomb is a small body."""
    server = await world.server(gzip_bomb(), "rp.example")
    answer = await world.client(server).fetch("GET", "https://rp.example/")
    assert answer.body.startswith(b"\x1f\x8b")
    assert len(answer.body) < 64 * 1024


async def test_certificate_must_name_the_host(world: World) -> None:
    """A valid certificate of another name is refused before anything is sent."""
    server = await world.server(answering(), "other.example")
    world.names.set("rp.example", ["127.0.0.1"])
    with pytest.raises(TlsInvalid):
        await world.client(server).fetch("GET", "https://rp.example/")
    assert server.heads == []


async def test_certificate_must_be_trusted(world: World) -> None:
    """A certificate of an unknown authority is refused: the extra one is a setting, and nothing is turned off."""
    server = await world.server(answering(), "rp.example")
    with pytest.raises(TlsInvalid):
        await world.client(server, extra_ca=None).fetch("GET", "https://rp.example/")


async def test_old_tls_is_refused(world: World) -> None:
    """TLS 1.1 is no protection any more."""
    context = world.authority.serves("rp.example")
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    world.names.set("rp.example", ["127.0.0.1"])
    async with serving(answering(), context) as server:
        with pytest.raises((TlsInvalid, ConnectionReset)):
            await world.client(server).fetch("GET", "https://rp.example/")
    assert server.heads == []


async def test_plain_text_is_not_tls(world: World) -> None:
    """A server without TLS behind an https URL is `tls_invalid`, and nothing is sent in clear."""
    server = await world.plain_server(answering())
    world.names.set("rp.example", ["127.0.0.1"])
    with pytest.raises((TlsInvalid, ConnectTimeout)):
        await world.client(server).fetch("GET", "https://rp.example/", connect_timeout=SHORT)
    assert server.heads == []


async def test_silent_handshake_is_a_connect_timeout(world: World) -> None:
    """A server that accepts and then says nothing costs the connect timeout, not the total one."""
    server = await world.plain_server(silent())
    world.names.set("rp.example", ["127.0.0.1"])
    with pytest.raises(ConnectTimeout):
        await world.client(server).fetch("GET", "https://rp.example/", connect_timeout=timedelta(seconds=0.3))


async def test_silent_name_server_is_named(world: World) -> None:
    """Time that went into the name is not blamed on the server."""
    world.names.fail("rp.example", None)
    with pytest.raises(HostUnresolvable) as failed:
        await world.client().fetch("GET", "https://rp.example/", total_timeout=SHORT)
    assert failed.value.detail == "timeout"


def test_each_authority_is_its_own(world: World, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The builders give every test its own root of trust."""
    other = Authority(tmp_path_factory.mktemp("other"))
    assert world.authority.pem.read_bytes() != other.pem.read_bytes()
