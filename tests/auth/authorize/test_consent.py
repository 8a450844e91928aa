"""Sign-in, consent, and what is remembered of them."""

import asyncio
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from contracts.applications import Application, RedirectUri, Verification
from tests.auth.rp import CALLBACK, World, an_app, asking, changed, consent, told


async def _ask(http: httpx.AsyncClient, app: Application, **changes: str) -> httpx.Response:
    return await http.get("/oauth/authorize", params=asking(app, **changes))


def _return_to(answer: httpx.Response) -> tuple[str, bool]:
    """Where the sign-in page would lead, and whether it was asked for a fresh proof."""
    parts = urlsplit(answer.headers["location"])
    assert "/session/new" == parts.path
    query = parse_qs(parts.query)
    return query["return_to"][0], "again" in query


async def test_who_is_not_signed_in_comes_back_to_the_same_request(world: World) -> None:
    """The address holds only a handle; the parameters stay here and cannot be changed on the way."""
    app, ada = await world.tell(an_app()), await world.person("ada@consent.example")
    async with world.browser() as http:
        path, again = _return_to(await _ask(http, app))
        assert (False, False, False) == (again, app.client_id in path, "scope" in path)
        csrf = await world.sign_in(http, ada)
        page = await http.get(f"{path}&scope=admin&redirect_uri=https://evil.example/")
        assert (200, "no-store") == (page.status_code, page.headers["cache-control"])
        answer = told(await consent(http, page.text, csrf))
    assert {"code", "state", "iss"} == set(answer)
    assert ("st&te +ü", "http://localhost:8000") == (answer["state"], answer["iss"])


async def test_consent_is_asked_once(world: World) -> None:
    """The second time the code comes at once; a new scope is asked for alone; `prompt=consent` asks again."""
    app, ada = await world.tell(an_app()), await world.person("once@consent.example")
    async with world.browser() as http:
        csrf = await world.sign_in(http, ada)
        told(await consent(http, (await _ask(http, app, scope="openid")).text, csrf))
        assert "code" in told(await _ask(http, app, scope="openid"))
        more = (await _ask(http, app, scope="openid email")).text
        assert (True, False) == ("Your email" in more, "That it is you" in more)
        assert 200 == (await _ask(http, app, scope="openid", prompt="consent")).status_code


async def test_a_no_is_told_and_remembered_by_nobody(world: World) -> None:
    """access_denied, and the next time the person is asked again."""
    app, ada = await world.tell(an_app()), await world.person("no@consent.example")
    async with world.browser() as http:
        csrf = await world.sign_in(http, ada)
        answer = await consent(http, (await _ask(http, app)).text, csrf, "deny")
        assert (303, "access_denied") == (answer.status_code, told(answer)["error"])
        assert 200 == (await _ask(http, app)).status_code


async def test_a_consent_page_works_once(world: World) -> None:
    """Two answers at once: one of them counts."""
    app, ada = await world.tell(an_app()), await world.person("twice@consent.example")
    async with world.browser() as http:
        csrf = await world.sign_in(http, ada)
        page = (await _ask(http, app)).text
        answers = await asyncio.gather(*(consent(http, page, csrf) for _ in range(5)))
    assert [303, 400, 400, 400, 400] == sorted(answer.status_code for answer in answers)


async def test_a_consent_page_counts_for_ten_minutes(world: World) -> None:
    """Later the person starts again at the app."""
    app, ada = await world.tell(an_app()), await world.person("slow@consent.example")
    async with world.browser() as http:
        csrf = await world.sign_in(http, ada)
        page = (await _ask(http, app)).text
        world.clock.advance(timedelta(minutes=10))
        assert 400 == (await consent(http, page, csrf)).status_code


async def test_only_the_session_that_was_asked_may_answer(world: World) -> None:
    """A form without this session's CSRF token is refused, and gives nothing."""
    app, ada = await world.tell(an_app()), await world.person("csrf@consent.example")
    mallory = await world.person("mallory@consent.example")
    async with world.browser() as http, world.browser() as other:
        await world.sign_in(http, ada)
        page = (await _ask(http, app)).text
        foreign = await world.sign_in(other, mallory)
        assert 403 == (await consent(http, page, foreign)).status_code
        assert 403 == (await consent(http, page, "")).status_code


async def test_a_suspension_while_the_page_is_open_counts(world: World) -> None:
    """The app is looked at again before a code is given."""
    app, ada = await world.tell(an_app()), await world.person("open@consent.example")
    async with world.browser() as http:
        csrf = await world.sign_in(http, ada)
        page = (await _ask(http, app)).text
        await world.tell(changed(app, status="suspended"))
        assert (400, False) == ((answer := await consent(http, page, csrf)).status_code, "location" in answer.headers)


@pytest.mark.parametrize("prompt", ["login"])
async def test_a_fresh_sign_in_may_be_asked_for(world: World, prompt: str) -> None:
    """A session of before does not do; one begun for this request does."""
    app, ada = await world.tell(an_app(first_party=True)), await world.person(f"{prompt}@consent.example")
    async with world.browser() as http:
        await world.sign_in(http, ada)
        world.clock.advance(timedelta(seconds=1))
        path, again = _return_to(await _ask(http, app, prompt=prompt))
        assert again
        assert (path, True) == _return_to(await http.get(path))
        await world.sign_in(http, ada)
        assert "code" in told(await http.get(path))


async def test_max_age_is_obeyed(world: World) -> None:
    """Also zero, which any sign-in made for this request satisfies."""
    app, ada = await world.tell(an_app(first_party=True)), await world.person("age@consent.example")
    async with world.browser() as http:
        await world.sign_in(http, ada)
        world.clock.advance(timedelta(minutes=5))
        assert "code" in told(await _ask(http, app, max_age="300"))
        path, _ = _return_to(await _ask(http, app, max_age="0"))
        await world.sign_in(http, ada)
        assert "code" in told(await http.get(path))


async def test_silence_is_kept(world: World) -> None:
    """`prompt=none`: consent_required for who was never asked, a code for who was."""
    app, ada = await world.tell(an_app()), await world.person("none@consent.example")
    async with world.browser() as http:
        csrf = await world.sign_in(http, ada)
        assert "consent_required" == told(await _ask(http, app, prompt="none"))["error"]
        told(await consent(http, (await _ask(http, app)).text, csrf))
        assert "code" in told(await _ask(http, app, prompt="none"))


async def test_the_page_says_who_asks_and_where_it_leads(world: World) -> None:
    """Name, host, whether the host is proven, as whom; markup in a name stays text; also in Korean."""
    uri = "https://shop.example/cb"
    proven = RedirectUri(uri=uri, uri_class="dev_internet", verification=Verification(status="verified", method="dns"))
    app = await world.tell(an_app(name="<b>Shop</b>", redirect_uris=(proven,)))
    ada = await world.person("page@consent.example")
    async with world.browser() as http:
        await world.sign_in(http, ada)
        english = (await _ask(http, app, redirect_uri=uri)).text
        korean = (await _ask(http, app, redirect_uri=uri, lang="ko")).text
    for words in (
        "&lt;b&gt;Shop&lt;/b&gt;",
        "shop.example",
        "ownership verified",
        "page@consent.example",
        "Your email",
    ):
        assert words in english
    assert ("<b>Shop" not in english, "허용" in korean) == (True, True)


async def test_a_native_app_is_reached_by_its_scheme(world: World) -> None:
    """And the page says that it is a program on this device."""
    uri = RedirectUri(uri="com.example.app://cb", uri_class="dev_local", verification=Verification(status="unverified"))
    app = await world.tell(an_app(client_type="public", redirect_uris=(uri,)))
    async with world.browser() as http:
        csrf = await world.sign_in(http, await world.person("native@consent.example"))
        page = (await _ask(http, app, redirect_uri=uri.uri)).text
        assert "com.example.app:" in page
        answer = await consent(http, page, csrf)
    assert answer.headers["location"].startswith("com.example.app://cb?code=")
    assert CALLBACK not in answer.headers["location"]


async def test_reflected_xss_in_the_consent_page(world: World) -> None:
    """The app's name, its scopes and the state of the request stand there as text, in the title too."""
    script = "\"'><script>alert(1)</script>{{ 7 * 7 }}{0}"
    app = await world.tell(an_app(name=script, allowed_scopes=("openid", f"shop:{script}")))
    async with world.browser() as http:
        await world.sign_in(http, await world.person("xss@consent.example"))
        page = (await _ask(http, app, scope="openid", state=script, login_hint=script, ui_locales=script)).text
        custom = (await http.get("/oauth/authorize", params=asking(app, scope=f"openid shop:{script}"))).text
    assert [False, False] == ["<script>alert" in text for text in (page, custom)]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7 * 7 }}{0}" in page
