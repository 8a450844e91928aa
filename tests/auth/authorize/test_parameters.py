"""The parameters of OpenID Connect Core 3.1.2.1 that say whom, how and what."""

import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from contracts.applications import Application
from tests.auth.people import csrf
from tests.auth.rp import World, an_app, asking, consent, told


async def ask(http: httpx.AsyncClient, app: Application, **changes: str) -> httpx.Response:
    return await http.get("/oauth/authorize", params=asking(app, **changes))


async def identity(world: World, token: str) -> dict[str, object]:
    async with world.browser() as http:
        keys = KeySet.import_key_set((await http.get("/.well-known/jwks.json")).json())
    return jwt.decode(token, keys, algorithms=["RS256"]).claims


async def test_a_hint_of_the_person_who_is_here_changes_nothing(world: World) -> None:
    """Even silently."""
    app, ada = await world.tell(an_app()), await world.person("ada@hints.example")
    tokens = await world.tokens(app, ada)
    async with world.browser() as http:
        await world.sign_in(http, ada)
        assert "code" in told(await ask(http, app, prompt="none", id_token_hint=tokens["id_token"]))


async def test_the_apps_language_survives_a_wrong_password(world: World) -> None:
    """The form's answer has no ui_locales in its address and is in that language all the same."""
    app = await world.tell(an_app())
    async with world.browser() as http:
        page = await http.get((await ask(http, app, ui_locales="ko")).headers["location"])
        token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
        again = await http.post("/session", data={"email": "x@locales.example", "password": "x", "csrf_token": token})
    assert (401, True) == (again.status_code, '<html lang="ko">' in again.text)


async def test_a_hint_of_somebody_else_asks_for_them(world: World) -> None:
    """login_required where nobody may be asked, and where somebody else has signed in for this very request."""
    app, bob, carol = (
        await world.tell(an_app()),
        await world.person("bob@hints.example"),
        await world.person("carol@hints.example"),
    )
    hint = (await world.tokens(app, bob))["id_token"]
    async with world.browser() as http:
        await world.sign_in(http, carol)
        world.clock.advance(timedelta(seconds=1))
        assert "login_required" == told(await ask(http, app, prompt="none", id_token_hint=hint))["error"]
        door = urlsplit((await ask(http, app, id_token_hint=hint)).headers["location"])
        assert ("/session/new", ["1"]) == (door.path, parse_qs(door.query)["again"])
        await world.sign_in_again(http, carol)
        answer = await http.get(parse_qs(door.query)["return_to"][0])
        assert "login_required" == told(answer)["error"]
        await world.sign_in_again(http, bob)
        assert "code" in told(await http.get(parse_qs(door.query)["return_to"][0]))


@pytest.mark.parametrize("hint", ["garbage", "access_token", "of_another"])
async def test_a_hint_that_is_none_is_an_error(world: World, hint: str) -> None:
    """invalid_request: an app shows its own ID tokens only."""
    app, other = await world.tell(an_app()), await world.tell(an_app())
    dave = await world.person(f"{hint}@hints.example")
    shown = {
        "garbage": "a.b.c",
        "access_token": (await world.tokens(app, dave))["access_token"],
        "of_another": (await world.tokens(other, dave))["id_token"],
    }
    async with world.browser() as http:
        assert "invalid_request" == told(await ask(http, app, id_token_hint=shown[hint]))["error"]


async def test_claims_brings_granted_claims_into_the_id_token(world: World) -> None:
    """Those of granted scopes, and nothing that no scope has granted."""
    app, eve = await world.tell(an_app()), await world.person("eve@claims.example")
    wanted = json.dumps({"id_token": {"email": None, "identity_verified_level": {"essential": True}, "sub": None}})
    told_by = await identity(world, (await world.tokens(app, eve, claims=wanted))["id_token"])
    assert ("eve@claims.example", False) == (told_by["email"], "identity_verified_level" in told_by)
    plain = await identity(world, (await world.tokens(app, eve))["id_token"])
    assert "email" not in plain


async def test_claims_may_name_the_person(world: World) -> None:
    """5.5.1: another `sub` than the one who is here is login_required."""
    app, frank = await world.tell(an_app()), await world.person("frank@claims.example")
    await world.tokens(app, frank)
    async with world.browser() as http:
        await world.sign_in(http, frank)
        for sub, member in ((str(frank.id), "code"), ("4711", "error")):
            claims = json.dumps({"id_token": {"sub": {"value": sub}}})
            assert member in told(await ask(http, app, prompt="none", claims=claims))


@pytest.mark.parametrize(
    "claims",
    [
        "{",
        "[]",
        '{"id_token": 1}',
        '{"id_token": {"a": 1}}',
        "[" * 3000,
        "x" * 5000,
        '{"id_token": {"sub": {"value": "\\u0000"}}}',
    ],
)
async def test_claims_that_cannot_be_read_are_an_error(world: World, claims: str) -> None:
    """invalid_request, by redirect."""
    async with world.browser() as http:
        assert "invalid_request" == told(await ask(http, await world.tell(an_app()), claims=claims))["error"]


async def test_what_we_do_not_know_is_ignored(world: World) -> None:
    """Unknown parameters, and the voluntary wishes about looks and strength."""
    app, grace = await world.tell(an_app()), await world.person("grace@unknown.example")
    code = await world.code(app, grace, display="popup", acr_values="aal9", foo="bar", claims_locales="ko")
    assert 200 == (await world.redeem(app, code)).status_code


async def test_the_apps_language_counts_until_the_visitor_chooses(world: World) -> None:
    """ui_locales, on the sign-in page and on the consent page; a choice of the visitor's own beats it."""
    app, heidi = await world.tell(an_app()), await world.person("heidi@locales.example")
    async with world.browser() as http:
        door = (await ask(http, app, ui_locales="fr ko-KR en")).headers["location"]
        assert 'lang="ko"' in (await http.get(door)).text
        await world.sign_in(http, heidi)
        resume = parse_qs(urlsplit(door).query)["return_to"][0]
        assert 'lang="ko"' in (await http.get(resume)).text
        assert 'lang="en"' in (await http.get(f"{resume}&lang=en")).text.splitlines()[1]


async def test_the_sign_in_page_begins_with_the_hint(world: World) -> None:
    """login_hint fills the address in, as text; it does not stand in an address of ours."""
    app = await world.tell(an_app())
    async with world.browser() as http:
        door = (await ask(http, app, login_hint='ivan@x.example"><b>')).headers["location"]
        page = await http.get(door)
    assert "ivan" not in door
    assert 'value="ivan@x.example&#34;&gt;&lt;b&gt;"' in page.text


@pytest.mark.parametrize(
    ("setting", "provider", "offered"),
    [
        ((), "", True),
        ((), "google", False),
        ((), "google,email", True),
        ((), "myspace", True),
        (("email",), "google", True),
        (("google",), "email", False),
    ],
)
async def test_which_methods_the_page_offers(
    world: World, setting: tuple[str, ...], provider: str, offered: bool
) -> None:
    """The app's setting is the base, `provider` narrows inside it, and an empty intersection is the setting."""
    app = await world.tell(an_app(allowed_login_methods=setting))
    async with world.browser() as http:
        page = await http.get(
            (await ask(http, app, **({"provider": provider} if provider else {}))).headers["location"]
        )
    assert offered == ('name="password"' in page.text)


async def test_policy_enforced_only_in_pages_a_method_outside_the_setting(world: World) -> None:
    """The attack class: a form sent by hand is refused, 403; `provider` alone hides and refuses nothing."""
    app, open_app = await world.tell(an_app(allowed_login_methods=("google",))), await world.tell(an_app())
    async with world.browser() as http:
        for asked, status in ((app, 403), (open_app, 401)):
            door = (await ask(http, asked, provider="google")).headers["location"]
            return_to = parse_qs(urlsplit(door).query)["return_to"][0]
            form = {"email": "nobody@x.example", "password": "x" * 12, "return_to": return_to}
            token = await csrf(http, "/session/new")
            answer = await http.post("/session", data={**form, "csrf_token": token})
            assert status == answer.status_code


async def test_login_asks_anew(world: World) -> None:
    """Whoever is here shows again who they are."""
    app, judy = await world.tell(an_app()), await world.person("judy@prompt.example")
    await world.tokens(app, judy)
    async with world.browser() as http:
        await world.sign_in(http, judy)
        world.clock.advance(timedelta(seconds=1))
        for prompt in ("login", "login select_account", "login consent"):
            assert "&again=1" in (await ask(http, app, prompt=prompt)).headers["location"]


@pytest.mark.parametrize(("display", "shown"), [("popup", "popup"), ("touch", "touch"), ("page", ""), ("hologram", "")])
async def test_pages_look_as_the_app_wishes(world: World, display: str, shown: str) -> None:
    """From sign-in to consent; an unknown wish is the same as none (OpenID Connect Core 3.1.2.1)."""
    app, ada = await world.tell(an_app()), await world.person(f"{display}@display.example")
    body = f'<body class="door{" " + shown if shown else ""}">'
    async with world.browser() as http:
        door = await http.get((await ask(http, app, display=display)).headers["location"])
        assert body in door.text
        await world.sign_in(http, ada)
        assert body in (await ask(http, app, display=display)).text


async def test_a_wap_page_is_plain(world: World) -> None:
    """No stylesheet and no script; the form is all there."""
    app = await world.tell(an_app())
    async with world.browser() as http:
        door = await http.get((await ask(http, app, display="wap")).headers["location"])
    assert (200, False, True) == (door.status_code, "stylesheet" in door.text, 'name="password"' in door.text)


async def test_the_consent_page_says_who_and_offers_a_switch(world: World) -> None:
    """And that the scopes are those of this person: a plain user cannot give what needs a developer."""
    app = await world.tell(an_app(allowed_scopes=("openid", "console:manage")))
    mallory = await world.person("mallory@ceiling.example")
    async with world.browser() as http:
        token = await world.sign_in(http, mallory)
        page = await ask(http, app, scope="openid console:manage")
        assert ("mallory@ceiling.example" in page.text, "Manage your apps" in page.text) == (True, False)
        assert "again=1" in page.text
        answer = told(await consent(http, page.text, token))
    assert "openid" == (await world.redeem(app, answer["code"])).json()["scope"]
