"""Resources that are open to clients: a receiver of Shared Signals gets its own token without a grant or a role."""

import pytest

from services.auth.resources import seed
from tests.auth.rp import RESOURCE, World, a_machine, an_app, with_management

SIGNALS = "http://localhost:8000/ssf"
FORM = {"grant_type": "client_credentials", "resource": SIGNALS}


@pytest.fixture
async def signals(world: World) -> None:
    async with world.db.transaction() as tx:
        await seed.signals(tx, SIGNALS, world.clock.now())


@pytest.mark.usefixtures("signals")
@pytest.mark.parametrize(
    ("wanted", "given"),
    [(None, "ssf.manage ssf.read"), ("ssf.read", "ssf.read"), ("ssf.read all openid", "ssf.read")],
)
async def test_any_confidential_app_gets_a_token(world: World, wanted: str | None, given: str) -> None:
    """With the scopes that it asks for, of those of the resource."""
    app = await world.tell(an_app())
    form = {**FORM, "client_id": app.client_id} | ({} if wanted is None else {"scope": wanted})
    answer = await world.token(form)
    assert (200, given) == (answer.status_code, answer.json().get("scope")), answer.text
    logged = await world.db.fetch("select outcome from token_log where client_id = $1", app.client_id)
    assert ["issued"] == [row["outcome"] for row in logged]


@pytest.mark.usefixtures("signals")
@pytest.mark.parametrize("resource", [RESOURCE, None, "https://nobody.example"])
async def test_no_other_resource_is_open(world: World, resource: str | None) -> None:
    """An app without the grant is refused whatever else it names, and nothing is logged as issued."""
    await with_management(world, a_machine())
    app = await world.tell(an_app())
    form = {"grant_type": "client_credentials", "client_id": app.client_id}
    answer = await world.token(form if resource is None else {**form, "resource": resource})
    assert (400, "unauthorized_client") == (answer.status_code, answer.json()["error"]), answer.text
    logged = await world.db.fetch("select outcome from token_log where client_id = $1", app.client_id)
    assert "issued" not in [row["outcome"] for row in logged]


@pytest.mark.usefixtures("signals")
async def test_whoever_shows_no_secret_gets_nothing(world: World) -> None:
    """A public client has nothing of its own there."""
    app = await world.tell(an_app(client_type="public", token_endpoint_auth_method="none"))
    answer = await world.token({**FORM, "client_id": app.client_id, "client_secret": ""})
    assert answer.json()["error"] in {"unauthorized_client", "invalid_client"}, answer.text
