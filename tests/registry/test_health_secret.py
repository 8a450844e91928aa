"""Registering shows the secret of the health check, which verifier makes (verifier.md B7)."""

import httpx
from nats.aio.client import Client

from chassis.wire import questions
from contracts.questions.verifier import HealthApply, HealthSecret
from tests.gateless import as_caller
from tests.registry.builders import Peers, a_developer, an_app

URL = "/api/v1/applications"


async def test_the_secret_is_shown_once(http: httpx.AsyncClient, peers: Peers, nats: Client) -> None:
    """It stands beside the client secret of the first answer, for public clients too, and in none after it."""
    asked: list[str] = []

    async def made(question: HealthApply) -> HealthSecret:
        asked.append(question.application.client_id)
        return HealthSecret(rp_health_secret="rphs_" + "0" * 64)

    answering = await questions.answer(nats, "verifier", HealthApply, made)
    try:
        for changes in ({}, {"client_type": "public"}):
            me = as_caller(a_developer())
            first = await http.post(URL, json=an_app(**changes), headers=me)
            assert (201, "rphs_" + "0" * 64) == (first.status_code, first.json()["rp_health_secret"])
            shown = await http.get(f"{URL}/{first.json()['id']}", headers=me)
            again = await http.post(URL, json=an_app(**changes), headers=me)
            assert "rp_health_secret" not in shown.json()
            assert "rp_health_secret" not in again.json()
    finally:
        await answering.drain()
    assert 2 == len(asked)


async def test_verifier_away(http: httpx.AsyncClient, peers: Peers) -> None:
    """Without verifier an app is registered all the same, complete: the secret is to be had later."""
    made = await http.post(URL, json=an_app(), headers=as_caller(a_developer()))
    assert (201, "complete") == (made.status_code, made.json()["propagation"])
    assert "rp_health_secret" not in made.json()
