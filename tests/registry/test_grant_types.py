"""Which grants an app may use: all of the first face's, unless its developer wants fewer (registry.md 2)."""

import httpx
import pytest

from tests.gateless import as_caller
from tests.registry.builders import Peers, a_developer, an_app
from tests.registry.papers import APPS

CODE, REFRESH, DEVICE = "authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"


async def test_all_by_default(http: httpx.AsyncClient, peers: Peers) -> None:
    """A new app may use codes, refresh and the device grant, and auth is told so; fewer are kept as they were named."""
    me = as_caller(a_developer())
    made = (await http.post(APPS, json=an_app(), headers=me)).json()
    assert [CODE, REFRESH, DEVICE] == made["grant_types"]
    assert (CODE, REFRESH, DEVICE) == peers.applied[-1].grant_types
    one = f"{APPS}/{made['id']}"
    fewer = await http.patch(one, json={"application": {"grant_types": [CODE]}}, headers=me)
    assert (200, [CODE]) == (fewer.status_code, fewer.json()["grant_types"])
    assert (CODE,) == peers.applied[-1].grant_types
    terminal = await http.post(APPS, json=an_app(name="Terminal", grant_types=[DEVICE, REFRESH]), headers=me)
    assert [DEVICE, REFRESH] == terminal.json()["grant_types"]


@pytest.mark.parametrize(
    "grants", [[], [REFRESH], [CODE, CODE], [CODE, "client_credentials"], ["password"], [CODE, "implicit"], [""]]
)
async def test_what_no_app_may_have(http: httpx.AsyncClient, grants: list[str]) -> None:
    """Nothing, refresh alone, anything twice, and what is not of this face is refused by the field's name."""
    me = as_caller(a_developer())
    refused = await http.post(APPS, json=an_app(grant_types=grants), headers=me)
    assert (422, ["grant_types"]) == (refused.status_code, list(refused.json()["fields"]))
