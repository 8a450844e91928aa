"""The card of an app's hosts in the console, by forms alone."""

from datetime import timedelta
from typing import Any

import httpx

from contracts.principal import Session
from services.verifier.health import sign
from tests import gateless
from tests.verifier.builders import BEGAN, Registrar, a_developer
from tests.verifier.rp import Party, echoing
from tests.verifier.test_faces import a_session
from tests.verifier.world import World, challenge


class Card:
    """A developer before the page of one app whose host answers."""

    def __init__(self, party: Party, http: httpx.AsyncClient, person: Session) -> None:
        self.party, self.http, self.person = party, http, person
        self.base = f"/developer/applications/{party.app.id}/hosts"

    async def look(self, person: Session | None = None) -> httpx.Response:
        return await self.http.get(self.base, headers=self._as(person))

    async def press(self, what: str, person: Session | None = None, **fields: Any) -> httpx.Response:
        form = {"csrf_token": (person or self.person).csrf_token, **fields}
        return await self.http.post(f"{self.base}/{what}", data=form, headers=self._as(person))

    def _as(self, person: Session | None) -> dict[str, str]:
        return {**gateless.as_caller(person or self.person), "accept": "text/html"}


async def a_card(world: World, registrar: Registrar, **session: Any) -> Card:
    party = await Party(world, echoing()).begin()
    me = a_developer()
    registrar.owned[me.user_id, party.app.id] = party.app
    return Card(party, await world.http(party.ground), a_session(me.user_id, **session))


async def test_the_card(world: World, registrar: Registrar) -> None:
    """What to publish, what stands, the colour in words and the picture; another person's app does not exist."""
    card = await a_card(world, registrar)
    page = await card.look()
    uri = card.party.app.redirect_uris[0].uri
    for part in (
        f"_logi-verify.{card.party.host}",
        challenge(card.party.app.id, uri),
        "Not proven",
        "Not looked at yet",
        "three URIs of one host",
        "rp_health/chart.svg",
    ):
        assert part in page.text, part
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert 404 == (await card.look(a_session(a_developer().user_id))).status_code
    signed_out = await card.http.get(card.base, headers={"accept": "text/html"})
    assert (303, True) == (signed_out.status_code, signed_out.headers["location"].startswith("/session/new"))


async def test_proving_by_a_button(world: World, registrar: Registrar) -> None:
    """What was found instead is said; a minute later the record counts; in between one is told to wait."""
    card = await a_card(world, registrar)
    uri = card.party.app.redirect_uris[0].uri
    world.zone.txt(f"_logi-verify.{card.party.host}", "<wrong>")
    wrong = await card.press("verify", uri=uri)
    for part in ("is not proven", "&lt;wrong&gt;", "dns_mismatch"):
        assert part in wrong.text, part
    soon = await card.press("verify", uri=uri)
    assert (429, True) == (soon.status_code, "seconds" in soon.text)
    await world.forget_limits()
    world.zone.txt(f"_logi-verify.{card.party.host}", challenge(card.party.app.id, uri))
    right = await card.press("verify", uri=uri)
    assert (200, True, True) == (right.status_code, "is proven, by DNS" in right.text, ">Proven<" in right.text)
    forged = await card.http.post(f"{card.base}/verify", data={"uri": uri}, headers=card._as(None))
    assert 403 == forged.status_code


async def test_health_by_buttons(world: World, registrar: Registrar) -> None:
    """Looked at it is alive; off and on again; a new secret is shown this once, to a fresh sign-in."""
    card = await a_card(world, registrar)
    assert (303, card.base) == ((done := await card.press("check")).status_code, done.headers["location"])
    assert "Alive" in (await card.look()).text
    assert 303 == (await card.press("switch", enabled="off")).status_code
    assert "Switch on" in (await card.look()).text
    assert 409 == (await card.press("check")).status_code
    assert 303 == (await card.press("switch", enabled="on")).status_code
    made = await card.press("secret", compromised="yes")
    assert (200, True) == (made.status_code, sign.PREFIX in made.text)
    assert sign.PREFIX not in (await card.look()).text
    assert 422 == (await card.press("switch", host="evil.example")).status_code


async def test_an_old_sign_in_confirms_first(world: World, registrar: Registrar) -> None:
    """Then the person comes back to this page."""
    card = await a_card(world, registrar, authenticated_at=BEGAN - timedelta(hours=1))
    asked = await card.press("secret")
    assert (303, True) == (asked.status_code, asked.headers["location"].startswith("/session/confirm"))
