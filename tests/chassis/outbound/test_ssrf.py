"""No request of ours reaches an address that the public internet does not hold."""

import dns.rcode
import pytest

from chassis.outbound import BlockedAddress, BlockedHost, HostUnresolvable, Outbound, UrlRefused, judge_url
from chassis.outbound.judge import read
from tests.chassis.outbound.hostile import a_policy, answering, redirecting
from tests.chassis.outbound.world import World


@pytest.mark.parametrize("address", ["10.0.0.1", "127.0.0.2", "169.254.169.254", "::ffff:10.0.0.1", "64:ff9b::a00:1"])
async def test_private_answers_are_refused(world: World, address: str) -> None:
    """A public name that leads inside is refused, at save time and at the request alike."""
    world.names.set("rp.example", [address])
    client = world.client()
    with pytest.raises(BlockedAddress):
        await client.fetch("GET", "https://rp.example/")
    with pytest.raises(BlockedAddress):
        await client.judge("https://rp.example/")


async def test_one_bad_address_spoils_the_name(world: World) -> None:
    """From a mixed answer the good address is not picked: nothing is contacted."""
    server = await world.server(answering(), "rp.example")
    for mixed in (["127.0.0.1", "10.0.0.1"], ["127.0.0.1", "fd00::1"]):
        world.names.set("rp.example", mixed)
        with pytest.raises(BlockedAddress):
            await world.client(server).fetch("GET", "https://rp.example/")
    assert server.connections == 0


async def test_rebinding_between_check_and_dial_changes_nothing(world: World) -> None:
    """The name is asked once per request, and what was judged is what is dialled."""
    server = await world.server(answering(), "rp.example")
    world.names.set("rp.example", ["127.0.0.1"], ["10.0.0.1"])
    client = world.client(server)
    assert (await client.fetch("GET", "https://rp.example/")).address == "127.0.0.1"
    assert [("rp.example", "A")] == [query for query in world.names.queries if query[1] == "A"]
    with pytest.raises(BlockedAddress):
        await client.fetch("GET", "https://rp.example/")
    assert server.connections == 1


async def test_kept_connection_does_not_outlive_the_judgement(world: World) -> None:
    """A name that turns private is refused although a connection to its old address is still open."""
    server = await world.server(answering(), "rp.example")
    world.names.set("rp.example", ["127.0.0.1"], ["10.0.0.1"])
    client = world.client(server)
    await client.fetch("GET", "https://rp.example/", owner="a")
    with pytest.raises(BlockedAddress):
        await client.fetch("GET", "https://rp.example/", owner="a")
    assert len(server.heads) == 1


@pytest.mark.parametrize(
    ("location", "failure"),
    [
        ("https://inside.example/", BlockedAddress),
        ("https://169.254.169.254/", BlockedHost),
        ("http://rp.example/", UrlRefused),
        ("https://user@rp.example/", UrlRefused),
        ("//localhost/", BlockedHost),
    ],
)
async def test_every_hop_is_judged(world: World, location: str, failure: type[Exception]) -> None:
    """A redirect reaches nothing that the first request could not."""
    server = await world.server(redirecting(location), "rp.example")
    world.names.set("inside.example", ["192.168.0.1"])
    with pytest.raises(failure):
        await world.client(server).fetch("GET", "https://rp.example/", follow=5)
    assert len(server.heads) == 1


async def test_own_addresses_are_refused(world: World) -> None:
    """A name that leads to our own front door is refused, even where loopback is allowed."""
    world.names.set("rp.example", ["127.0.0.1"])
    with pytest.raises(BlockedAddress):
        await world.client(own_addresses=frozenset({read("127.0.0.1")})).judge("https://rp.example/")


async def test_production_never_calls_loopback(world: World) -> None:
    """Without allowances loopback is refused by name, by literal and by resolution."""
    world.names.set("rp.example", ["127.0.0.1"])
    client = world.client(loopback_addresses=frozenset())
    for address, failure in (
        ("https://rp.example/", BlockedAddress),
        ("https://127.0.0.1/", BlockedHost),
        ("http://localhost/", UrlRefused),
    ):
        with pytest.raises(failure):
            await client.fetch("GET", address)


async def test_unresolvable_names_say_why(world: World) -> None:
    """No such name, no address, and a failing name server are told apart."""
    world.names.set("empty.example", [])
    world.names.fail("broken.example", dns.rcode.SERVFAIL)
    client = world.client()
    for name, detail in (
        ("missing.example", "no_such_name"),
        ("empty.example", "no_address"),
        ("broken.example", "server_failure"),
    ):
        with pytest.raises(HostUnresolvable) as failed:
            await client.judge(f"https://{name}/")
        assert detail == failed.value.detail


async def test_judging_needs_no_client(world: World) -> None:
    """A URL can be judged as it is saved where no client is at hand."""
    world.names.set("rp.example", ["127.0.0.1"], ["10.0.0.1"])
    policy = a_policy(world.names.address)
    await judge_url("https://rp.example/", policy)
    with pytest.raises(BlockedAddress):
        await judge_url("https://rp.example/", policy)


async def test_lookup_ignores_the_hosts_file(world: World) -> None:
    """Only the name server is asked, so nothing on this machine turns a name into an address."""
    client: Outbound = world.client()
    with pytest.raises(HostUnresolvable):
        await client.judge("https://ip6-allnodes.example/")
    assert {"A", "AAAA"} == {kind for _, kind in world.names.queries}
