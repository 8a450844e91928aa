"""Cursors that nobody was given."""

import httpx
import pytest

from services.delivery.ground import Ground
from tests.delivery.builders import a_client, accepted, an_application, an_event, known
from tests.gateless import as_caller

EVENTS = "/api/v1/events"
FORGED = ["evt_' or '1'='1", "'; drop table events; --", "evt_" + "0" * 26, "evt_" + "Z" * 26, "evt_\x00", "1", "evt_%"]


@pytest.mark.parametrize("token", FORGED)
async def test_forged_page_tokens_and_sql_in_them(ground: Ground, http: httpx.AsyncClient, token: str) -> None:
    """Refused by their own codes; the log is as it was."""
    app = an_application()
    await known(ground, app)
    await accepted(ground, an_event(app.client_id))
    me = as_caller(a_client(app))
    answer = await http.get(EVENTS, params={"since": token}, headers=me)
    assert answer.status_code in {400, 410}
    assert answer.json()["error"] in {"invalid_request", "invalid_cursor", "cursor_expired"}
    assert 1 == len((await http.get(EVENTS, headers=me)).json()["events"])


async def test_a_cursor_of_another_application_is_no_cursor(ground: Ground, http: httpx.AsyncClient) -> None:
    """Nor does it tell that the event exists."""
    mine, theirs = an_application(), an_application()
    for app in (mine, theirs):
        await known(ground, app)
        await accepted(ground, an_event(app.client_id))
    cursor = (await http.get(EVENTS, headers=as_caller(a_client(theirs)))).json()["next_cursor"]
    answer = await http.get(EVENTS, params={"since": cursor}, headers=as_caller(a_client(mine)))
    assert (400, "invalid_cursor") == (answer.status_code, answer.json()["error"])
