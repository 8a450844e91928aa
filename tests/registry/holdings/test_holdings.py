"""What registry tells auth for the copy that a person gets of their data."""

import httpx
import msgspec

from contracts.questions.registry import HoldingsOf
from services.registry.ground import Ground
from services.registry.holdings import store
from services.registry.peers import Peers
from tests.gateless import as_caller
from tests.registry.builders import a_developer, an_app

NAMING = """select distinct table_name as name from information_schema.columns where table_schema = 'public'
    and column_name in ('user_id', 'email', 'actor_id', 'admin_id', 'personal_of', 'founded_by', 'registered_by',
        'invited_by', 'submitted_by', 'reviewed_by', 'created_by', 'issued_by')"""


async def test_every_table_that_names_people_is_told(ground: Ground) -> None:
    """Whoever adds a column with a person in it says whether they get a copy, or how soon it is gone."""
    naming = {row["name"] for row in await ground.db.fetch(NAMING)}
    assert [] == sorted(naming - {*store.SHOWN, *store.PASSING})


async def test_the_answer_has_what_is_theirs(http: httpx.AsyncClient, ground: Ground) -> None:
    """Their organisation, their apps, what they did; nothing of anybody else's."""
    me, other = a_developer(), a_developer()
    for person in (me, other):
        assert 201 == (await http.post("/api/v1/applications", json=an_app(), headers=as_caller(person))).status_code
    answer = await Peers(ground).holdings(HoldingsOf(user_id=me.user_id))
    assert answer == HoldingsOf.read_answer(msgspec.msgpack.encode(answer))
    assert [f"personal-{me.user_id}"] == [row["slug"] for row in answer["memberships"]]
    assert (1, ["application.created"]) == (
        len(answer["applications"]),
        [row["action"] for row in answer["audit_log"] if row["action"].startswith("application")],
    )
