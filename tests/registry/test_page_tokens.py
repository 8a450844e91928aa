"""Page tokens that nobody was given."""

import httpx
import pytest

from tests.gateless import as_caller
from tests.registry.builders import a_developer, an_app

APPS = "/api/v1/applications"
FORGED = [
    "1 or 1=1",
    "1'; drop table applications; --",
    "1) union select 1 --",
    "0x10",
    "1e3",
    "-1",
    str(2**63),
    str(2**64),
    "%00",
    "\u0661",
    "null",
]


@pytest.mark.parametrize("token", FORGED)
@pytest.mark.parametrize("name", ["cursor", "before"])
async def test_forged_page_tokens_and_sql_in_them(http: httpx.AsyncClient, name: str, token: str) -> None:
    """Refused, or a number like any other: never an error of ours, and never what somebody else has."""
    me, other = as_caller(a_developer()), as_caller(a_developer())
    mine = (await http.post(APPS, json=an_app(), headers=me)).json()["id"]
    theirs = (await http.post(APPS, json=an_app(), headers=other)).json()["id"]
    answer = await http.get(APPS, params={name: token}, headers=me)
    assert answer.status_code in {200, 400, 422}
    if answer.status_code == 200:
        assert {app["id"] for app in answer.json()} <= {mine}
    of_other = await http.get(APPS, params={name: str(theirs + 1)}, headers=me)
    assert (200, {mine}) == (of_other.status_code, {app["id"] for app in of_other.json()})
