"""The operator's commands on anybody's app: found by name, a new secret, another list of scopes."""

import httpx
import pytest

from chassis.postgres import Database
from chassis.settings import Secret
from services.registry.operator import commands
from services.registry.settings import Settings
from tests.gateless import as_caller
from tests.registry.builders import Peers, a_developer, an_app, settings
from tests.registry.papers import APPS


@pytest.fixture
def config(db: Database, nats_url: str) -> Settings:
    found = settings(nats_url, db.url)
    assert isinstance(found.key_encryption_keys, Secret)
    return found


async def test_a_name_is_found(
    http: httpx.AsyncClient, peers: Peers, db: Database, config: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """In every organisation, whatever its case; what is deleted is not there."""
    me, other = as_caller(a_developer()), as_caller(a_developer())
    mine = (await http.post(APPS, json=an_app(name="Findable"), headers=me)).json()
    theirs = (await http.post(APPS, json=an_app(name="findable"), headers=other)).json()
    capsys.readouterr()
    await commands.app(config, db, ["find", "FINDABLE"])
    assert [mine["client_id"], theirs["client_id"]] == [line.split()[0] for line in _lines(capsys)]
    await http.delete(f"{APPS}/{mine['id']}", headers=me)
    capsys.readouterr()
    await commands.app(config, db, ["find", "Findable"])
    assert [theirs["client_id"]] == [line.split()[0] for line in _lines(capsys)]


async def test_a_secret_is_rotated_at_once(
    http: httpx.AsyncClient, peers: Peers, db: Database, config: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """The plain text is all that is printed; auth has the new digest before that; a public app has none."""
    me = as_caller(a_developer())
    app = (await http.post(APPS, json=an_app(name="Rotated"), headers=me)).json()
    capsys.readouterr()
    await commands.app(config, db, ["rotate", app["client_id"]])
    (secret,) = _lines(capsys)
    assert secret.startswith("logi_secret_")
    assert secret != app["client_secret"]
    assert (app["client_id"], 2) == (peers.applied[-1].client_id, peers.applied[-1].version)
    line = await db.fetchrow("select action, actor_type from audit_log order by id desc limit 1")
    assert line is not None
    assert ("application.secret_rotated", "system") == tuple(line)
    public = (await http.post(APPS, json=an_app(name="Public", client_type="public"), headers=me)).json()
    with pytest.raises(SystemExit, match="public_client_has_no_secret"):
        await commands.app(config, db, ["rotate", public["client_id"]])


async def test_scopes_are_replaced(
    http: httpx.AsyncClient, peers: Peers, db: Database, config: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole list in one call, under the same rules; nobody is asked to look again."""
    app = (await http.post(APPS, json=an_app(name="Scoped"), headers=as_caller(a_developer()))).json()
    capsys.readouterr()
    await commands.app(config, db, ["scopes", app["client_id"], "openid", "profile", "acme:read"])
    assert ["openid profile:basic acme:read"] == _lines(capsys)
    assert ("openid", "profile:basic", "acme:read") == peers.applied[-1].allowed_scopes
    assert 0 == await db.fetchval("select count(*) from promotion_requests where application_id = $1", app["id"])
    for words in (["scopes", app["client_id"]], ["rotate"], [], ["delete", "x"]):
        with pytest.raises(SystemExit, match="say: app find"):
            await commands.app(config, db, words)
    with pytest.raises(SystemExit, match="invalid_scope"):
        await commands.app(config, db, ["scopes", app["client_id"], "a,b"])


def _lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What was printed, without the log of the test's own process."""
    return [line for line in capsys.readouterr().out.splitlines() if not line.startswith("20")]
