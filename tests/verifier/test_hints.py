"""A developer whose record is not where it belongs is told where it is (verifier.md A4 step 3)."""

from collections.abc import Callable

import pytest

from services.verifier.proof import misplaced
from services.verifier.proof.txt import Names
from tests.verifier.builders import Registrar, a_developer, a_host
from tests.verifier.world import World, challenge

Place = Callable[[str], str]


@pytest.mark.parametrize(
    ("place", "told"),
    [
        (lambda host: f"_logi-verify.app.{host}.{host}", "appended"),
        (lambda host: f"_logi-verify.app.{host}.app.{host}", "appended"),
        (lambda host: f"app.{host}", "belongs to _logi-verify.app."),
        (lambda host: f"_logi-verify.{host}", "does not cover"),
        (lambda host: host, "belongs to _logi-verify.app."),
    ],
)
async def test_misplaced_records(world: World, registrar: Registrar, place: Place, told: str) -> None:
    """The zone typed twice, the host itself and the parent are looked at, and the place is named; it proves nothing."""
    me, zone = a_developer(), a_host()
    app = registrar.has(me, uri := f"https://app.{zone}/cb")
    world.zone.txt(place(zone), challenge(app.id, uri))
    answer = (await world.verify(me, app.id, uri)).json()
    assert (False, "dns_nxdomain") == (answer["verified"], answer["dns_reason"])
    assert answer["hint"].startswith(f"The record stands at {place(zone)}: ")
    assert told in answer["hint"]


async def test_the_value_of_another_uri(world: World, registrar: Registrar) -> None:
    """A value of the app's other URI is recognised; somebody else's is not."""
    me, host = a_developer(), a_host()
    uris = (f"https://{host}/cb", f"https://{host}/cb2")
    app = registrar.has(me, *uris)
    world.zone.txt(f"_logi-verify.{host}", challenge(app.id, uris[1]), challenge(app.id + 1, uris[0]))
    answer = (await world.verify(me, app.id, uris[0])).json()
    assert f"The value there belongs to {uris[1]}; each URI has a value of its own." == answer["hint"]


async def test_no_hint(world: World, registrar: Registrar) -> None:
    """Where nothing is found, nothing is guessed."""
    me, host = a_developer(), a_host()
    app = registrar.has(me, uri := f"https://{host}/cb")
    assert (await world.verify(me, app.id, uri)).json()["hint"] is None


async def test_a_hint_does_not_wait(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that is silent there is not waited for: there is no hint."""
    monkeypatch.setattr(misplaced, "SECONDS", 0.1)
    world.zone.fail("rp.example", None)
    assert await misplaced.found(Names([world.zone.address]), "rp.example", {"ab": "https://rp.example/cb"}) is None
