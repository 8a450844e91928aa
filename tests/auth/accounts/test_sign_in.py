"""Signing in and out, through the pages, and the attacks on it."""

from datetime import timedelta

import pytest

from services.auth.accounts import tries
from tests.auth.people import PASSWORD, People, csrf, sign_in

FAR_AWAY = "198.51.100.9"


async def test_a_right_password_opens_the_console(house: People) -> None:
    """The cookie is HttpOnly, SameSite=Lax, for the whole host, and lets its browser in."""
    await house.developer("ada@in.example")
    async with house.browser() as browser:
        answer = await sign_in(browser, "ada@in.example")
        assert (303, "/console") == (answer.status_code, answer.headers["location"])
        cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("logi_session="))
        assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
        assert "ada@in.example" in (await browser.get("/console")).text


async def test_wrong_ways_look_alike(house: People) -> None:
    """An unknown address and a wrong password get the same status and the same page."""
    await house.developer("bob@in.example")
    async with house.browser(FAR_AWAY) as one, house.browser(FAR_AWAY) as other:
        form = {"password": "wrong password", "return_to": ""}
        token = await csrf(one, "/session/new")
        known = await one.post("/session", data={**form, "email": "bob@in.example", "csrf_token": token})
        other.cookies = one.cookies
        unknown = await other.post("/session", data={**form, "email": "not@in.example", "csrf_token": token})
    assert (401, 401) == (known.status_code, unknown.status_code)
    assert known.text.replace("bob@", "not@") == unknown.text


@pytest.mark.parametrize("change", ["suspended_at = now()", "deleted_at = now()"])
async def test_an_inactive_account_stays_out(house: People, change: str) -> None:
    """Suspended and deleted people get the answer of a wrong password, and their sessions end at once."""
    email = f"{change[:6]}@in.example"
    account = await house.developer(email)
    async with house.signed_in(email) as browser:
        await house.ground.db.execute(f"update users set {change} where id = $1", account.id)  # noqa: S608 - ours
        assert 303 == (await browser.get("/console")).status_code
        assert 401 == (await sign_in(browser, email)).status_code


async def test_session_fixation_the_session_is_renewed_at_sign_in(house: People) -> None:
    """A cookie planted or known before the sign-in opens nothing after it (session fixation)."""
    await house.developer("carol@in.example")
    async with house.signed_in("carol@in.example") as browser:
        before = browser.cookies["logi_session"]
        await sign_in(browser, "carol@in.example")
        assert before != browser.cookies["logi_session"]
        async with house.browser() as old:
            old.cookies.set("logi_session", before)
            assert 303 == (await old.get("/console")).status_code
    async with house.browser() as victim:
        victim.cookies.set("logi_session", "A" * 43, domain="localhost.local")
        await sign_in(victim, "carol@in.example")
        assert "A" * 43 not in [cookie.value for cookie in victim.cookies.jar if cookie.domain == "localhost.local"]


async def test_a_form_of_another_browser_signs_nobody_in(house: People) -> None:
    """A sign-in form needs the token of this very browser (login CSRF), and no foreign Origin."""
    await house.developer("dave@in.example")
    form = {"email": "dave@in.example", "password": PASSWORD}
    async with house.browser() as attacker, house.browser() as victim:
        stolen = await csrf(attacker, "/session/new")
        own = await csrf(victim, "/session/new")
        foreign = {"origin": "https://evil.example"}
        refused = [
            await victim.post("/session", data=form),
            await victim.post("/session", data={**form, "csrf_token": stolen}),
            await victim.post("/session", data={**form, "csrf_token": own}, headers=foreign),
            await victim.post("/session", data={**form, "csrf_token": own}, headers={"origin": "null"}),
        ]
        assert 4 * [403] == [answer.status_code for answer in refused]
        assert "logi_session" not in victim.cookies


@pytest.mark.parametrize(
    "wished",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/%09/evil.example",
        "javascript:alert(1)",
        "/console\r\nset-cookie: a=b",
        "/consoleevil",
        "/\t/evil.example",
        "@evil.example",
        "/oauth//evil\\",
    ],
)
async def test_signing_in_leads_only_home(house: People, wished: str) -> None:
    """`return_to` takes a path of ours and nothing a browser could read as another host."""
    await house.developer(f"{abs(hash(wished))}@in.example")
    async with house.browser() as browser:
        answer = await sign_in(browser, f"{abs(hash(wished))}@in.example", return_to=wished)
        assert (303, "/console") == (answer.status_code, answer.headers["location"])
        again = await browser.get("/session/new", params={"return_to": wished})
        assert (303, "/console") == (again.status_code, again.headers["location"])


async def test_signing_in_leads_back(house: People) -> None:
    """A request that asked for a sign-in goes on where it was, its query whole."""
    await house.developer("erin@in.example")
    wished = "/oauth/authorize?client_id=a&redirect_uri=https%3A%2F%2Frp.example%2Fcb&state=%E2%82%AC"
    async with house.browser() as browser:
        answer = await sign_in(browser, "erin@in.example", return_to=wished)
        assert wished == answer.headers["location"]


async def test_lockout_tries_end_for_one_network_only(house: People) -> None:
    """After five wrong tries the right password waits, here and for a while; from elsewhere it opens."""
    await house.developer("frank@in.example")
    async with house.browser("203.0.113.5") as guesser, house.browser(FAR_AWAY) as owner:
        for _ in range(tries.ALLOWED):
            assert 401 == (await sign_in(guesser, "frank@in.example", "a wrong guess")).status_code
        locked = await sign_in(guesser, "frank@in.example")
        assert (429, "900") == (locked.status_code, locked.headers["retry-after"])
        assert 303 == (await sign_in(owner, "frank@in.example")).status_code
        house.clock.advance(timedelta(minutes=15))
        assert 303 == (await sign_in(guesser, "frank@in.example")).status_code


async def test_tries_of_an_unknown_address_end_alike(house: People) -> None:
    """That an account exists cannot be told by its being locked."""
    async with house.browser("203.0.113.6") as guesser:
        codes = [(await sign_in(guesser, "nobody@in.example", "a wrong guess")).status_code for _ in range(6)]
    assert [*5 * [401], 429] == codes


def test_a_household_is_one_network() -> None:
    """IPv6 addresses count by their /64, and a mapped IPv4 address as itself."""
    assert "2001:db8:1:2::/64" == tries.network("2001:db8:1:2:3:4:5:6")
    assert "192.0.2.1" == tries.network("::ffff:192.0.2.1")


async def test_signing_out_ends_the_session(house: People) -> None:
    """The cookie is forgotten and its session is gone; a form without its token signs nobody out (logout CSRF)."""
    await house.developer("grace@in.example")
    async with house.signed_in("grace@in.example") as browser:
        cookie = browser.cookies["logi_session"]
        assert 403 == (await browser.post("/session/sign_out", data={"csrf_token": "x"})).status_code
        token = await csrf(browser, "/console")
        assert 303 == (await browser.post("/session/sign_out", data={"csrf_token": token})).status_code
        assert "logi_session" not in browser.cookies
        browser.cookies.set("logi_session", cookie)
        assert "/session/new?return_to=%2Fconsole" == (await browser.get("/console")).headers["location"]


async def test_a_session_ends_after_thirty_days(house: People) -> None:
    """Nothing prolongs it."""
    await house.developer("heidi@in.example")
    async with house.signed_in("heidi@in.example") as browser:
        house.clock.advance(timedelta(days=29))
        assert 200 == (await browser.get("/console")).status_code
        house.clock.advance(timedelta(days=1))
        assert 303 == (await browser.get("/console")).status_code


async def test_reflected_xss_in_the_sign_in_page(house: People) -> None:
    """What a stranger writes into a link or a form comes back as text, never as markup."""
    evil = '"><script>alert(1)</script>'
    async with house.browser() as browser:
        token = await csrf(browser, "/session/new")
        form = {"email": evil, "password": evil, "return_to": evil, "csrf_token": token}
        pages = [
            await browser.get("/session/new", params={"return_to": evil, "lang": evil}),
            await browser.post("/session", data=form),
            await browser.post("/console/signup", data=form),
            await browser.get("/console/verify_email", params={"token": evil}),
            await browser.get(f"/assets/{evil}"),
        ]
    assert not [page.url for page in pages if "<script>alert" in page.text]


async def test_pages_may_load_nothing_foreign(house: People) -> None:
    """The policy allows no inline script or style and no frame; no page has either; answers are not cached."""
    async with house.browser() as browser:
        page = await browser.get("/session/new")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self'" in policy
    assert "unsafe" not in policy
    assert "no-store" == page.headers["cache-control"]
    assert "style=" not in page.text


async def test_pages_speak_korean(house: People) -> None:
    """By Accept-Language, and by the link at the foot, which beats it and is remembered."""
    async with house.browser(**{"accept-language": "ko-KR,ko;q=0.9,en;q=0.8"}) as browser:
        assert '<html lang="ko">' in (await browser.get("/session/new")).text
        assert '<html lang="en">' in (await browser.get("/session/new?lang=en")).text
        assert '<html lang="en">' in (await browser.get("/session/new")).text
