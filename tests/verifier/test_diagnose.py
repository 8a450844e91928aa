"""The page that tells a developer what is wrong with a sign-in request (verifier.md C)."""

import base64
import json
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from nats.aio.client import Client

from chassis.wire import questions
from contracts.applications import Application
from contracts.questions.registry import ClientOf
from services.verifier.diagnose import pkce, redirect
from services.verifier.diagnose.routes import TEMPLATES
from tests.verifier.builders import an_application
from tests.verifier.world import World

WORDS = json.loads((TEMPLATES / "en.json").read_text())
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
HEX = sha256(VERIFIER.encode()).hexdigest()
URI = "https://notes.acme.example/auth/cb?x=1"
XSS = "\"'><script>alert(1)</script>{{7*7}}{% raw %}"


@pytest.fixture
async def browser(world: World, nats: Client) -> AsyncIterator[httpx.AsyncClient]:
    """A visitor, and a registry that knows an app of each standing."""
    made = (
        an_application(URI, client_id="logi_known", status="approved", name="Secret name"),
        an_application(URI, client_id="logi_down", status="suspended"),
        an_application(URI, client_id="logi_waits", status="pending"),
    )
    known = {app.client_id: app for app in made}

    async def client(question: ClientOf) -> Application | None:
        return known.get(question.client_id)

    answering = await questions.answer(nats, "registry", ClientOf, client)
    yield await world.http()
    await answering.drain()


async def look(browser: httpx.AsyncClient, **given: Any) -> httpx.Response:
    return await browser.get("/diagnose?" + urlencode(given, doseq=True))


def tells(page: httpx.Response, *keys: str) -> bool:
    text = page.text.replace("&#39;", "'").replace("&amp;", "&")
    return page.status_code == 200 and all(WORDS[key] in text for key in keys)


async def test_an_empty_form(browser: httpx.AsyncClient) -> None:
    """The page is a form that needs no script and sends nothing by itself."""
    page = await look(browser)
    assert 200 == page.status_code
    assert '<form method="get" action="/diagnose">' in page.text
    assert WORDS["diagnose.found"] not in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("given", "keys"),
    [
        ({"client_id": "nobody"}, ["client.unknown", "pkce.challenge_missing"]),
        ({"redirect_uri": URI}, ["client.missing"]),
        ({"client_id": "logi_known"}, ["client.known", "uri.missing"]),
        ({"client_id": "logi_known", "redirect_uri": URI}, ["client.known", "uri.registered"]),
        ({"client_id": "logi_known", "redirect_uri": URI + "&y"}, ["uri.unregistered", "uri.query"]),
        ({"client_id": "logi_down", "redirect_uri": URI}, ["client.unusable"]),
        ({"client_id": "logi_waits", "redirect_uri": URI}, ["client.known", "uri.waits"]),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "plain"}, ["pkce.method_other", "pkce.shape_good"]),
        (
            {"code_challenge": CHALLENGE, "code_challenge_method": "S256", "code_verifier": VERIFIER},
            ["client.missing", "pkce.fits"],
        ),
    ],
)
async def test_what_is_wrong(browser: httpx.AsyncClient, given: dict[str, str], keys: list[str]) -> None:
    """Unknown client, status, difference of the URI and PKCE are each named."""
    assert tells(await look(browser, **given), *keys)


async def test_nothing_of_the_app_is_shown(browser: httpx.AsyncClient) -> None:
    """Neither its name nor a registered URI, however near the question came."""
    page = await look(browser, client_id="logi_known", redirect_uri="http://notes.acme.example/auth/")
    assert tells(page, "uri.scheme", "uri.path", "uri.query")
    assert "Secret name" not in page.text
    assert "/auth/cb" not in page.text
    far = await look(browser, client_id="logi_known", redirect_uri="https://acme.example/auth/cb?x=1")
    assert not any(WORDS[key] in far.text for key in ("uri.path", "uri.scheme", "uri.query"))


async def test_what_was_typed_is_text(browser: httpx.AsyncClient) -> None:
    """Markup in any field comes back as what it is: characters."""
    for name in ("client_id", "redirect_uri", "code_challenge", "code_challenge_method", "code_verifier", "lang"):
        page = await look(browser, **{"client_id": "x", name: XSS})
        assert 200 == page.status_code
        assert "<script>alert" not in page.text
        assert "49" not in page.text.partition('name="client_id"')[2][:200]


async def test_odd_requests(browser: httpx.AsyncClient) -> None:
    """Repeated, huge and undecodable parameters are answered, not met with a failure."""
    repeated = await look(browser, client_id=["a", "b"])
    assert "client_id is given twice" in repeated.text
    assert "2048" in (await look(browser, redirect_uri="x" * 2049)).text
    assert (
        200 == (await browser.get("/diagnose?client_id=%ff%00&redirect_uri=https://[::&code_challenge=%F0")).status_code
    )


async def test_in_korean(browser: httpx.AsyncClient) -> None:
    """Every word is there in both languages, with the same places."""
    korean = json.loads((TEMPLATES / "ko.json").read_text())
    assert sorted(WORDS) == sorted(korean)
    page = await look(browser, client_id="nobody", lang="ko")
    assert korean["client.unknown"] in page.text
    assert '<html lang="ko">' in page.text


async def test_no_call_outside(browser: httpx.AsyncClient, world: World) -> None:
    """Whatever is typed, nobody's name is looked up."""
    await look(browser, client_id="logi_known", redirect_uri="https://evil.example/cb")
    assert [] == world.zone.queries


@pytest.mark.parametrize(
    ("challenge", "key"),
    [
        (CHALLENGE, "pkce.fits"),
        (VERIFIER, "pkce.plain"),
        (CHALLENGE + "=", "pkce.padded"),
        (HEX, "pkce.hex"),
        (base64.urlsafe_b64encode(HEX.encode()).decode().rstrip("="), "pkce.hex_encoded"),
        (base64.b64encode(sha256(b"x" * 43).digest()).decode().rstrip("="), None),
        (CHALLENGE[:-1], "pkce.challenge_shape"),
        ("A" * 43, "pkce.differs"),
    ],
)
def test_the_usual_mistakes_of_pkce(challenge: str, key: str | None) -> None:
    """The vector of RFC 7636 appendix B fits; each usual way of getting it wrong is recognised."""
    found = pkce.examine(challenge, "S256", VERIFIER)
    assert key is None or key == found[-1].key
    assert (key == "pkce.fits") is (found[-1].weight == "good")


@pytest.mark.parametrize(
    ("given", "keys"),
    [
        (URI.replace("https", "http"), ["uri.scheme"]),
        (URI.replace("/cb", "/CB"), ["uri.case"]),
        (URI.replace("notes", "NOTES"), ["uri.case"]),
        (URI.replace("/cb", "/cb/"), ["uri.slash"]),
        (URI.replace("/cb", "/c%62"), ["uri.encoding"]),
        (URI.replace("example", "example:8443"), ["uri.port"]),
        (URI.replace("?x=1", ""), ["uri.query"]),
        (URI + "#", ["uri.fragment"]),
        (URI.replace("notes.", ""), []),
        ("https://[broken", []),
        ("com.acme.app://cb", []),
    ],
)
def test_where_a_uri_differs(given: str, keys: list[str]) -> None:
    """The nearest registered one at the same host is compared; another host is another address."""
    assert keys == redirect.nearest(given, ["http://localhost/cb", URI, "https://notes.acme.example/other"])
