"""Pages of any service: what every one of them promises."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Request, Response

from chassis import web
from chassis.problems import NotFound
from chassis.web.pages import Pages
from chassis.web.problem_page import ProblemPage
from chassis.web.refusals import Refusals

ISSUER = "https://id.example.com"


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A service with two pages: one that says what it was given, one that refuses."""
    (tmp_path / "said.html").write_text('{% extends "door.html" %}{% block main %}{{ said }}{% endblock %}')
    pages = Pages(ISSUER, [tmp_path])

    @web.get("/said", credentials=("none",), rate="page", face="page")
    async def said(request: Request[Any, Any, Any]) -> Response[bytes]:
        """Repeats its query."""
        leads_away = "away" in request.query_params
        return pages.render(request, "said.html", said=request.query_params.get("words", ""), leads_away=leads_away)

    @web.get("/gone", credentials=("none",), rate="page", face="page")
    async def gone() -> None:
        """Refuses."""
        raise NotFound("It moved <away>.")

    refusals = Refusals(ISSUER, ProblemPage(pages, "/session/new", "/home"))
    app: Any = web.application("pages", [said, gone], refusals, state={})
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
        yield client


async def test_what_is_said_is_text(browser: httpx.AsyncClient) -> None:
    """Markup in a value is shown, not run."""
    page = await browser.get("/said", params={"words": "<script>alert(1)</script>"})
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text


async def test_the_policy_is_strict(browser: httpx.AsyncClient) -> None:
    """Nothing inline, nothing foreign, no frame; only a page that leads away says nothing of where forms go."""
    page, away = await browser.get("/said"), await browser.get("/said?away=1")
    assert page.headers["content-security-policy"] == away.headers["content-security-policy"] + "; form-action 'self'"
    assert {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} <= set(
        away.headers["content-security-policy"].split("; ")
    )
    assert ("DENY", "nosniff") == (page.headers["x-frame-options"], page.headers["x-content-type-options"])


async def test_the_other_language_is_one_link_away(browser: httpx.AsyncClient) -> None:
    """The link keeps the query; the choice is remembered in a cookie that says nothing else."""
    page = await browser.get("/said?words=hi")
    assert 'href="/said?words=hi&amp;lang=ko"' in page.text
    assert '<html lang="ko">' in (await browser.get("/said?words=hi&lang=ko")).text
    assert '<html lang="ko">' in (await browser.get("/said")).text


async def test_a_refusal_says_what_helps(browser: httpx.AsyncClient) -> None:
    """Words of the catalogue, the request's number, and a way back that stays inside."""
    page = await browser.get("/gone", headers={"referer": f"{ISSUER}/said", "x-logi-request-id": "r-1"})
    assert 404 == page.status_code
    assert "<code>r-1</code>" in page.text
    assert 'href="/said"' in page.text
    for foreign in ("https://evil.example/", f"{ISSUER}.evil.example/", f"{ISSUER}//evil.example/"):
        assert 'href="/home"' in (await browser.get("/gone", headers={"referer": foreign})).text


def test_a_changed_document_has_another_address() -> None:
    """The name holds the hash of the content, the same in every service."""
    assert Pages(ISSUER).address("look.css") == Pages("http://localhost:8000").address("look.css")
    assert Pages(ISSUER).address("look.css").startswith("/assets/look.")
