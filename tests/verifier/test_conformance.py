"""The conformance checklist (verifier.md A8), number by number; 1 is in test_challenge."""

import asyncio

import pytest

from tests.chassis.outbound.hostile import answering, redirecting
from tests.verifier.builders import Registrar, a_developer, a_host
from tests.verifier.world import World, challenge, post


async def test_2_a_record_is_enough(world: World, registrar: Registrar) -> None:
    """A8.2: with the TXT record present the method is `dns`, and no HTTP request is made."""
    me, host = a_developer(), a_host()
    app = registrar.has(me, uri := f"https://{host}/cb")
    server = await world.server(answering(b""), host)
    world.zone.txt(f"_logi-verify.{host}", challenge(app.id, uri))
    answer = await world.verify(me, app.id, uri)
    assert (200, {"verified": True, "method": "dns"}) == (answer.status_code, answer.json())
    assert 0 == server.connections
    assert [(f"_logi-verify.{host}", "TXT")] == world.zone.queries


async def test_3_a_file_without_a_record(world: World, registrar: Registrar) -> None:
    """A8.3: with no TXT record and the right file the method is `well_known`, asked for as the contract says."""
    me, host = a_developer(), a_host()
    app = registrar.has(me, uri := f"https://{host}:8443/cb")
    server = await world.server(answering(challenge(app.id, uri).encode() + b"\r\n"), host)
    answer = await world.verify(me, app.id, uri)
    assert {"verified": True, "method": "well_known"} == answer.json()
    head = server.heads[0].decode().lower()
    assert head.startswith("get /.well-known/logi-verification.txt http/1.1\r\n")
    for line in (f"host: {host}", "accept: text/plain", "user-agent: logi-verifier/1.0", "accept-encoding: identity"):
        assert f"\r\n{line}\r\n" in head, line
    assert "cookie" not in head
    assert "traceparent" not in head


async def test_4_redirects_are_refused(world: World, registrar: Registrar) -> None:
    """A8.4: a file behind a 301 is `wellknown_redirect`, and its target is not contacted."""
    me, host, target = a_developer(), a_host(), a_host()
    app = registrar.has(me, uri := f"https://{host}/cb")
    await world.server(redirecting(f"https://{target}/file.txt", "301 Moved Permanently"), host)
    answer = await world.verify(me, app.id, uri)
    assert (200, "wellknown_redirect") == (answer.status_code, answer.json()["reason"])
    assert target not in {name for name, _ in world.zone.queries}


async def test_5_the_body_has_a_cap(world: World, registrar: Registrar) -> None:
    """A8.5: 257 bytes are refused even if they hold the challenge; 256 pass."""
    for length, reason in ((256, None), (257, "wellknown_too_large")):
        me, host = a_developer(), a_host()
        app = registrar.has(me, uri := f"https://{host}/cb")
        line = challenge(app.id, uri).encode() + b"\n"
        await world.server(answering(line + b"x" * (length - len(line))), host)
        answer = (await world.verify(me, app.id, uri)).json()
        assert reason == answer.get("reason"), length
        assert answer["verified"] is (reason is None)


async def test_6_one_attempt_at_a_time(world: World, registrar: Registrar) -> None:
    """A8.6: of two parallel attempts for one URI exactly one runs; the other is told to wait up to a minute."""
    me, host = a_developer(), a_host()
    app = registrar.has(me, uri := f"https://{host}/cb")
    world.zone.txt(f"_logi-verify.{host}", challenge(app.id, uri))
    # Two processes, as it were: they share nothing but the database.
    first, second = await world.http(), await world.http()
    answers = await asyncio.gather(post(first, me, app.id, uri), post(second, me, app.id, uri))
    ran, refused = sorted(answers, key=lambda answer: answer.status_code)
    assert (200, 429) == (ran.status_code, refused.status_code)
    assert "rate_limited" == refused.json()["error"]
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert 1 == len(world.zone.queries)


@pytest.mark.parametrize(
    ("uri", "error"),
    [
        ("https://127.0.0.1/cb", "not_verifiable"),
        ("https://[::1]/cb", "not_verifiable"),
        ("https://localhost/cb", "not_verifiable"),
        ("http://localhost:4000/cb", "not_verifiable"),
        ("com.example.app://cb", "not_verifiable"),
        ("https://2130706433/cb", "blocked_host"),
        ("https://0x7f.1/cb", "blocked_host"),
        ("https://[::ffff:127.0.0.1]/cb", "blocked_host"),
        ("https://10.0.0.1/cb", "blocked_host"),
        ("https://a.localhost/cb", "blocked_host"),
        ("https://printer.local/cb", "blocked_host"),
        ("https://metadata.google.internal/cb", "blocked_host"),
        ("https://router.home.arpa/cb", "blocked_host"),
        ("https://intranet/cb", "blocked_host"),
        ("https://*.acme.example/cb", "blocked_host"),
        ("https://user@acme.example/cb", "blocked_host"),
        ("https://xn--a.example/cb", "blocked_host"),
    ],
)
async def test_7_the_gate(world: World, registrar: Registrar, uri: str, error: str) -> None:
    """A8.7: what is nobody's to call is refused before any packet, and its slot is taken all the same."""
    me = a_developer()
    app = registrar.has(me, uri)
    answer = await world.verify(me, app.id, uri)
    assert (422, error) == (answer.status_code, answer.json()["error"])
    assert [] == world.zone.queries
    assert 429 == (await world.verify(me, app.id, uri)).status_code


async def test_8_private_addresses(world: World, registrar: Registrar) -> None:
    """A8.8: a public name with a private address among its own is `blocked_address`."""
    for addresses in (["10.0.0.1"], ["127.0.0.1", "10.0.0.1"]):
        me, host = a_developer(), a_host()
        app = registrar.has(me, uri := f"https://{host}/cb")
        server = await world.server(answering(challenge(app.id, uri).encode()), host)
        world.zone.set(host, addresses)
        answer = await world.verify(me, app.id, uri)
        assert "blocked_address" == answer.json()["reason"]
        assert 0 == server.connections


async def test_9_rebinding(world: World, registrar: Registrar) -> None:
    """A8.9: a name that answers otherwise the second time is connected to where it was judged."""
    me, host = a_developer(), a_host()
    app = registrar.has(me, uri := f"https://{host}/cb")
    server = await world.server(answering(challenge(app.id, uri).encode()), host)
    world.zone.set(host, ["127.0.0.1"], ["10.0.0.1"])
    answer = await world.verify(me, app.id, uri)
    assert {"verified": True, "method": "well_known"} == answer.json()
    assert 1 == server.connections
    assert 1 == world.zone.queries.count((host, "A"))


async def test_10_a_certificate_of_another_name(world: World, registrar: Registrar) -> None:
    """A8.10: a valid certificate for another name is `tls_invalid`, and nothing is asked of that server."""
    me, host = a_developer(), a_host()
    app = registrar.has(me, uri := f"https://{host}/cb")
    server = await world.server(answering(challenge(app.id, uri).encode()), host, certified=("other.example",))
    answer = await world.verify(me, app.id, uri)
    assert ("tls_invalid", "tls_invalid") == (answer.json()["reason"], answer.json()["wellknown_reason"])
    assert [] == server.heads


async def test_11_two_uris_of_one_host(world: World, registrar: Registrar) -> None:
    """A8.11: both values at one name, beside another tenant's, prove both URIs."""
    me, host = a_developer(), a_host()
    uris = (f"https://{host}/cb", f"https://{host}/cb2")
    app = registrar.has(me, *uris)
    world.zone.txt(f"_logi-verify.{host}", "someone-else=1", *(challenge(app.id, uri) for uri in uris))
    for uri in uris:
        assert {"verified": True, "method": "dns"} == (await world.verify(me, app.id, uri)).json()


async def test_12_other_peoples_apps(world: World, registrar: Registrar) -> None:
    """A8.12: another person's application does not exist, and nothing is looked up for it."""
    app = registrar.has(a_developer(), uri := f"https://{a_host()}/cb")
    answer = await world.verify(a_developer(), app.id, uri)
    assert (404, "not_found") == (answer.status_code, answer.json()["error"])
    assert [] == world.zone.queries
