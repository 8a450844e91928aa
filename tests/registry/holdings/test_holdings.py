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


async def test_invitations_to_an_address_are_its_owners(http: httpx.AsyncClient, ground: Ground) -> None:
    """Whoever merely claims an address does not learn who has invited it; whoever has proved it does."""
    host, guest = a_developer(), a_developer()
    assert 201 == (await http.post("/api/v1/applications", json=an_app(), headers=as_caller(host))).status_code
    await ground.db.execute(
        """insert into invitations (organization_id, email, role, token_sha256, invited_by, created_at, sent_at,
            expires_at)
        select id, 'Guest@holdings.example', 'developer', sha256('x'), $1, now(), now(), now() + interval '1 day'
        from developer_organizations where personal_of = $1""",
        host.user_id,
    )
    await ground.db.execute(
        "insert into developers (user_id, email) values ($1, 'guest@holdings.example') "
        "on conflict (user_id) do update set email = excluded.email",
        guest.user_id,
    )
    claims = await Peers(ground).holdings(HoldingsOf(user_id=guest.user_id))
    proves = await Peers(ground).holdings(HoldingsOf(user_id=guest.user_id, email="guest@holdings.example"))
    sent = await Peers(ground).holdings(HoldingsOf(user_id=host.user_id, email="host@holdings.example"))
    assert [] == claims["invitations"]
    assert [[False], [True]] == [[row["by_you"] for row in one["invitations"]] for one in (proves, sent)]
