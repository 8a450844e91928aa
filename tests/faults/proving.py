"""A developer proves hosts; what verifier found and acknowledged stands on the app, whoever was away in between."""

import asyncio
import secrets
from collections.abc import Sequence

import httpx

from tests.faults.ledger import Ledger
from tests.faults.people import Person, Unsure

A_ROUND = 3
"""Proofs in one round, by one person: verifier allows an app 30 an hour."""

PACE_SECONDS = 0.8
MOST_URIS = 4


class Proving:
    """Each proof has a host of its own, because verifier spares hosts as well."""

    def __init__(self, person: Person, ledger: Ledger) -> None:
        self._person, self._ledger, self._app = person, ledger, person.proved
        self._path = f"/api/v1/applications/{self._app.id}"
        self._left = 0
        self._proven: dict[str, bool] = {}

    def begin(self) -> None:
        """A round begins."""
        self._left = A_ROUND

    def forget(self) -> None:
        """Registry's or verifier's records may be older than what we know."""
        self._proven = dict.fromkeys(self._proven, False)

    async def turn(self) -> None:
        """One step. Raises Unsure."""
        if self._left <= 0:
            return
        if len(self._proven) >= MOST_URIS:
            oldest = next(iter(self._proven))
            del self._proven[oldest]
            await self._ask("DELETE", f"{self._path}/redirect_uris", {"uri": oldest}, (200, 404, 422))
            return
        self._left -= 1
        host = f"h{secrets.token_hex(6)}.example"
        self._person.journey.world.names.set(host, ["127.0.0.1"])
        await self._prove(f"https://{host}/callback")
        await asyncio.sleep(PACE_SECONDS)

    async def check(self) -> list[str]:
        """When all is quiet: what registry shows against what was acknowledged."""
        shown = (await self._person.ask("GET", self._path)).json()["redirect_uri_metadata"]
        proven = [uri for uri, acknowledged in self._proven.items() if acknowledged]
        return [f"{uri} is {shown.get(uri)}" for uri in proven if shown.get(uri, {}).get("status") != "verified"]

    async def _prove(self, uri: str) -> None:
        self._proven[uri] = False
        await self._ask("POST", f"{self._path}/redirect_uris", {"uri": uri}, (200,))
        listed = await self._ask("GET", f"{self._path}/redirect_uri_verifications", None, (200,))
        challenge = next(entry for entry in listed.json()["verifications"] if entry["uri"] == uri)
        self._person.journey.world.publish(challenge["challenge_dns_record"], challenge["challenge_dns_value"])
        done = await self._ask("POST", f"{self._path}/verify_redirect_uri", {"uri": uri}, (200, 429))
        if done.status_code == 429:
            return
        if done.json()["verified"] is not True:
            self._ledger.broken(f"a published challenge was not found: {done.text[:300]}")
            return
        self._proven[uri] = True
        self._ledger.done()

    async def _ask(self, method: str, path: str, body: object, statuses: Sequence[int]) -> httpx.Response:
        answer = await self._person.ask(method, path, json=body)
        if answer.status_code not in statuses:
            self._ledger.broken(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
            raise Unsure(path)
        return answer
