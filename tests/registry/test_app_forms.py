"""The forms on an app's pages: settings, scopes, redirect URIs, a new secret, the trash and the ways out of it."""

import re
from typing import Any

import httpx
import pytest

from contracts.principal import Session
from tests.gateless import as_caller
from tests.registry.builders import Peers, a_session
from tests.registry.papers import APPS
from tests.registry.test_console import HERE, as_page, post, register


@pytest.fixture
def me() -> Session:
    return a_session(csrf_token="me")


async def shown(http: httpx.AsyncClient, app: dict[str, Any], person: Session) -> dict[str, Any]:
    found: dict[str, Any] = (await http.get(f"{APPS}/{app['id']}", headers=as_caller(person))).json()
    return found


def as_it_stands(page: httpx.Response) -> dict[str, Any]:
    """What a browser would send if its owner pressed the button of the page's settings form at once."""
    html = page.text[page.text.index('id="version"') :]
    ticked: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="(?:checkbox|radio)" name="(\w+)" value="([^"]+)" checked>', html):
        ticked.setdefault(name, []).append(value)
    typed = dict(re.findall(r'<input (?:id="\w+"|type="hidden") name="(\w+)"[^>]*? value="([^"]*)"', html))
    lines = dict(re.findall(r'<textarea id="\w+" name="(\w+)"[^>]*>([^<]*)</textarea>', html))
    return {name: value for name, value in {**typed, **lines, **ticked}.items() if name != "csrf_token"}


async def test_settings_are_saved(http: httpx.AsyncClient, peers: Peers, me: Session) -> None:
    """What was typed is the record; what nobody touched stays as it was, methods without a box among it."""
    app = await register(
        http, me, allowed_login_methods=["email", "naver"], post_logout_redirect_uris=["http://localhost:4000/bye"]
    )
    at = f"{HERE}/{app['id']}"
    form = as_it_stands(await http.get(f"{at}/settings", headers=as_page(me)))
    untouched = await post(http, f"{at}/settings", me, **form)
    assert (303, f"{at}?saved=1") == (untouched.status_code, untouched.headers["location"])
    assert app["version"] == (await shown(http, app, me))["version"]
    wanted = {
        **form,
        "name": "  Acme   Pages ",
        "app_link_url": "https://acme.example/app",
        "widget_origins": "https://www.acme.example\r\n\r\nhttps://acme.example",
        "allowed_login_methods": ["google", "email"],
        "require_pushed_authorization_requests": "on",
    }
    assert 303 == (await post(http, f"{at}/settings", me, **wanted)).status_code
    now = await shown(http, app, me)
    assert ("Acme Pages", "https://acme.example/app", True) == (
        now["name"],
        now["app_link_url"],
        now["require_pushed_authorization_requests"],
    )
    assert ["https://www.acme.example", "https://acme.example"] == now["widget_origins"]
    assert {"google", "email", "naver"} == set(now["allowed_login_methods"])
    same = ("redirect_uris", "post_logout_redirect_uris", "grant_types", "require_pkce", "webhook_legacy_signature")
    assert [app[name] for name in same] == [now[name] for name in same]
    assert "Saved." in (await http.get(f"{at}?saved=1", headers=as_page(me))).text


async def test_wrong_settings_are_shown_again(http: httpx.AsyncClient, peers: Peers, me: Session) -> None:
    """Each fault stands beside its field with what was typed, and nothing was kept; without a token nothing is read."""
    app = await register(http, me)
    at = f"{HERE}/{app['id']}/settings"
    form = as_it_stands(await http.get(at, headers=as_page(me)))
    wrong = {
        **form,
        "name": "x" * 81,
        "webhook_url": "ftp://hooks.example/<b>",
        "widget_origins": "http://evil.example",
    }
    answer = await post(http, at, me, **wrong)
    assert 422 == answer.status_code
    assert 3 == answer.text.count('aria-invalid="true"')
    assert "ftp://hooks.example/&lt;b&gt;" in answer.text
    assert app["version"] == (await shown(http, app, me))["version"]
    assert 403 == (await http.post(at, data={**form, "name": "New"}, headers=as_page(me))).status_code


async def test_faults_are_told_in_korean_too(http: httpx.AsyncClient, peers: Peers, me: Session) -> None:
    """What is wrong with a field is said in the language of its page."""
    app = await register(http, me)
    at = f"{HERE}/{app['id']}"
    fields = {"csrf_token": me.csrf_token, "uri": "http://evil.example/", "name": "?"}
    for path, words in (
        ("uris/add", "http는 로컬 주소에만"),
        ("delete", "앱 이름이 다릅니다"),
        ("scopes", "스코프 관리"),
    ):
        sent = {**fields, "own": "a:b:c"} if path == "scopes" else fields
        answer = await http.post(f"{at}/{path}", data=sent, headers={**as_page(me), "accept-language": "ko"})
        assert (422, True) == (answer.status_code, words in answer.text), path


async def test_settings_that_somebody_else_changed(http: httpx.AsyncClient, peers: Peers, me: Session) -> None:
    """Nobody's change is overwritten unseen: the form comes again with what was typed, and then it is saved."""
    app = await register(http, me)
    at = f"{HERE}/{app['id']}/settings"
    form = as_it_stands(await http.get(at, headers=as_page(me)))
    headers = {**as_caller(me), "x-logi-csrf-token": me.csrf_token}
    await http.patch(
        f"{APPS}/{app['id']}", json={"application": {"app_link_url": "https://a.example/"}}, headers=headers
    )
    late = await post(http, at, me, **{**form, "name": "Mine"})
    assert (412, True) == (late.status_code, "has changed" in late.text)
    again = as_it_stands(late)
    assert ("Mine", str(app["version"] + 1)) == (again["name"], again["version"])
    assert 303 == (await post(http, at, me, **again)).status_code


async def test_a_public_client_has_nothing_secret_to_set(http: httpx.AsyncClient, peers: Peers, me: Session) -> None:
    """No method, no PKCE switch, no secret; its settings are saved all the same."""
    app = await register(http, me, client_type="public")
    at = f"{HERE}/{app['id']}"
    page = await http.get(f"{at}/settings", headers=as_page(me))
    assert ("require_pkce" in page.text, "jwks_uri" in page.text) == (False, False)
    assert 303 == (await post(http, f"{at}/settings", me, **{**as_it_stands(page), "name": "Phone"})).status_code
    now = await shown(http, app, me)
    assert ("Phone", True, "none") == (now["name"], now["require_pkce"], now["token_endpoint_auth_method"])
    assert f"{at}/secret" not in (await http.get(at, headers=as_page(me))).text
    assert 422 == (await http.get(f"{at}/secret", headers=as_page(me))).status_code


async def test_scopes(http: httpx.AsyncClient, peers: Peers, me: Session) -> None:
    """Ticked and typed ones become the list; one that is none is shown again."""
    app = await register(http, me)
    at = f"{HERE}/{app['id']}/scopes"
    assert 'value="email" checked' in (await http.get(at, headers=as_page(me))).text
    wanted = {"version": str(app["version"]), "allowed_scopes": ["openid", "phone"], "own": "acme:notes\r\nacme:tags"}
    assert 303 == (await post(http, at, me, **wanted)).status_code
    assert ["openid", "phone", "acme:notes", "acme:tags"] == (await shown(http, app, me))["allowed_scopes"]
    wrong = await post(http, at, me, **{**wanted, "version": str(app["version"] + 1), "own": "a:b:c"})
    assert (422, True, True) == (wrong.status_code, "a:b:c" in wrong.text, 'value="phone" checked' in wrong.text)


async def test_redirect_uris_one_by_one(http: httpx.AsyncClient, peers: Peers, me: Session) -> None:
    """One is added, one removed; a wrong one is shown again with its fault; the last has no button and stays."""
    app = await register(http, me)
    at, old = f"{HERE}/{app['id']}", app["redirect_uris"][0]
    assert "/uris/remove" not in (await http.get(at, headers=as_page(me))).text
    assert 303 == (await post(http, f"{at}/uris/add", me, uri=" http://localhost:4000/v2 ")).status_code
    wrong = await post(http, f"{at}/uris/add", me, uri='http://evil.example/"><script>')
    assert (422, True, False) == (wrong.status_code, 'aria-invalid="true"' in wrong.text, '"><script>' in wrong.text)
    assert 303 == (await post(http, f"{at}/uris/remove", me, uri=old)).status_code
    last = await post(http, f"{at}/uris/remove", me, uri="http://localhost:4000/v2")
    assert (422, ["http://localhost:4000/v2"]) == (last.status_code, (await shown(http, app, me))["redirect_uris"])


async def test_a_new_secret(http: httpx.AsyncClient, peers: Peers, me: Session) -> None:
    """Looking changes nothing; the button shows the new one, once, and auth knows it by then."""
    app = await register(http, me)
    at = f"{HERE}/{app['id']}/secret"
    assert "logi_secret_" not in (await http.get(at, headers=as_page(me))).text
    assert app["version"] == (await shown(http, app, me))["version"]
    made = await post(http, at, me)
    assert (200, "no-store") == (made.status_code, made.headers["cache-control"])
    secret = re.search(r"logi_secret_[0-9a-f]{64}", made.text)
    assert secret is not None
    assert secret[0] != app["client_secret"]
    assert app["version"] + 1 == peers.applied[-1].version
    assert secret[0] not in (await http.get(f"{HERE}/{app['id']}", headers=as_page(me))).text
    assert 403 == (await http.post(at, headers=as_page(me))).status_code


async def test_the_trash_and_back(http: httpx.AsyncClient, peers: Peers, me: Session) -> None:
    """Deleted by its name, listed, restored without a secret; deleted again and removed for good by its name."""
    app = await register(http, me, name="Old <Notes>")
    at = f"{HERE}/{app['id']}"
    wrong = await post(http, f"{at}/delete", me, name="Old Notes")
    assert (422, True) == (wrong.status_code, "Old &lt;Notes&gt;" in wrong.text)
    gone = await post(http, f"{at}/delete", me, name="Old <Notes>")
    assert (303, f"{HERE}/trash") == (gone.status_code, gone.headers["location"])
    assert 404 == (await http.get(at, headers=as_page(me))).status_code
    assert app["client_id"] in (await http.get(f"{HERE}/trash", headers=as_page(me))).text
    back = await post(http, f"{at}/restore", me)
    assert (303, at) == (back.status_code, back.headers["location"])
    assert "Rotate the secret" in (await http.get(at, headers=as_page(me))).text
    assert 409 == (await post(http, f"{at}/restore", me)).status_code
    assert 404 == (await http.get(f"{at}/purge", headers=as_page(me))).status_code
    await post(http, f"{at}/delete", me, name="Old <Notes>")
    assert 422 == (await post(http, f"{at}/purge", me, name="old <notes>")).status_code
    assert 303 == (await post(http, f"{at}/purge", me, name="Old <Notes>")).status_code
    assert "The trash is empty" in (await http.get(f"{HERE}/trash", headers=as_page(me))).text


@pytest.mark.parametrize("page", ["settings", "scopes", "secret", "delete", "purge"])
async def test_nobody_else_sees_the_forms(http: httpx.AsyncClient, peers: Peers, me: Session, page: str) -> None:
    """A stranger's app is not there, on every page and for every form of it."""
    app, stranger = await register(http, me), a_session(csrf_token="stranger")
    at = f"{HERE}/{app['id']}/{page}"
    assert 404 == (await http.get(at, headers=as_page(stranger))).status_code
    for path in (at, f"{HERE}/{app['id']}/restore", f"{HERE}/{app['id']}/uris/add", f"{HERE}/{app['id']}/uris/remove"):
        assert 404 == (await post(http, path, stranger, name=app["name"], uri="http://localhost/x")).status_code
    assert app["version"] == (await shown(http, app, me))["version"]
