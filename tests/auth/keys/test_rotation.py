"""A verifier that keeps the key set as its headers allow never meets a token that it cannot verify."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import jwt as pyjwt

from services.auth.keys import make
from tests.auth.rp import RESOURCE, World, a_machine, an_app, with_management


class Verifier:
    """Somebody else's program: PyJWT, and a copy of the key set for as long as `max-age` says."""

    def __init__(self, world: World, http: httpx.AsyncClient, stubborn: timedelta = timedelta()) -> None:
        self._world, self._http, self._stubborn = world, http, stubborn
        self._keys: dict[str, Any] = {}
        self._etag, self._until, self.asked, self.unchanged = "", world.clock.now(), 0, 0

    async def verify(self, token: str, audience: str) -> str:
        """Returns the kid; raises where the token cannot be verified with the keys at hand."""
        if self._world.clock.now() >= self._until:
            await self._fetch()
        header = pyjwt.get_unverified_header(token)
        key = self._keys[header["kid"]]
        # The clock of the test stands elsewhere than PyJWT's.
        pyjwt.decode(token, key, algorithms=[header["alg"]], audience=audience, options={"verify_exp": False})
        return str(header["kid"])

    async def _fetch(self) -> None:
        answer = await self._http.get("/.well-known/jwks.json", headers={"if-none-match": self._etag})
        self.asked += 1
        age = int(answer.headers["cache-control"].partition("max-age=")[2])
        self._until = self._world.clock.now() + max(timedelta(seconds=age), self._stubborn)
        if answer.status_code == 304:
            self.unchanged += 1
            return
        self._etag = answer.headers["etag"]
        self._keys = {one["kid"]: pyjwt.PyJWK(one).key for one in answer.json()["keys"]}


def hours(number: int, step: int) -> Iterator[timedelta]:
    return (timedelta(minutes=step) for _ in range(number * 60 // step))


async def test_no_verification_fails_over_a_rotation(world: World) -> None:
    """By command and by schedule, for one who obeys max-age and one who keeps the set for a whole day."""
    app, machine = await world.tell(an_app()), await with_management(world, a_machine())
    ada, ground, seen = (
        await world.person("ada@rotation.example"),
        world.ground,
        {"own": set[str](), "resource": set[str]()},
    )
    form = {"grant_type": "client_credentials", "client_id": machine.client_id, "resource": RESOURCE}
    async with world.browser() as http:
        quick, slow = Verifier(world, http), Verifier(world, http, timedelta(hours=23, minutes=50))
        for begin in (make.next_ones(ground.db, ground.vault, ground.clock), None):
            if begin is not None:
                await begin
            else:
                world.clock.advance(ground.settings.signing_key_period - timedelta(hours=30))
            for step in hours(60, 20):
                world.clock.advance(step)
                await make.as_needed(ground.db, ground.vault, ground.clock, ground.settings.signing_key_period)
                own = (await world.tokens(app, ada))["id_token"]
                for verifier in (quick, slow):
                    seen["own"].add(await verifier.verify(own, app.client_id))
                    token = (await world.token(form)).json()["access_token"]
                    seen["resource"].add(await verifier.verify(token, RESOURCE))
    assert (3, 3) == (len(seen["own"]), len(seen["resource"]))
    assert quick.unchanged > quick.asked // 2


async def test_the_old_key_verifies_what_it_signed(world: World) -> None:
    """A token from before the rotation counts at userinfo until it expires, not a second less."""
    app, ada = await world.tell(an_app()), await world.person("ada@before.example")
    await make.next_ones(world.ground.db, world.ground.vault, world.ground.clock)
    world.clock.advance(make.LEAD - timedelta(seconds=30))
    token = (await world.tokens(app, ada))["access_token"]
    world.clock.advance(timedelta(minutes=5))
    fresh = (await world.tokens(app, ada))["access_token"]
    kids = {pyjwt.get_unverified_header(one)["kid"] for one in (token, fresh)}
    assert 2 == len(kids)
    assert (200, 200) == ((await world.userinfo(token)).status_code, (await world.userinfo(fresh)).status_code)
