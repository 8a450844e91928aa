"""Whatever the merged OpenAPI document allows and more is thrown at auth's routes: nothing breaks or surprises."""

import itertools
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis.errors import HypothesisException

from tests.system.auth.fuzz import DOCUMENTED_BY_THE_DOOR, FORM, MARKUP, Pairs, forms, judged, tried
from tests.system.journey import developer
from tests.system.journey.browser import Browser
from tests.system.journey.browser import forms as forms_of
from tests.system.journey.developer import Journey
from tests.system.journey.mail import Mailbox
from tests.system.journey.story import Story
from tests.system.stack import ROOT, Stack

SECONDS = 40
"""For all routes together; each gets its share."""

CLI_REDIRECT = "http://127.0.0.1/callback"


@pytest.fixture(scope="module")
async def http(open_stack: Stack) -> AsyncIterator[httpx.Client]:
    with httpx.Client(base_url=open_stack.issuer, timeout=20) as client:
        yield client


def credentials(stack: Stack) -> list[httpx.Auth | None]:
    """Nobody, the operator's machine, and one who is not it."""
    seeded = stack.credentials
    machine = httpx.BasicAuth(seeded["management_client_id"], seeded["management_client_secret"])
    return [None, machine, httpx.BasicAuth(seeded["management_client_id"], "wrong")]


def right(seeded: dict[str, str], path: str) -> dict[str, str]:
    """A form of which a route asks nothing else, as far as a stranger can have one."""
    if path.startswith("/oauth/authorize") or path == "/oauth/par":
        return {
            "client_id": seeded["cli_client_id"],
            "redirect_uri": CLI_REDIRECT,
            "response_type": "code",
            "scope": "openid",
            "state": "s" * 32,
            "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            "code_challenge_method": "S256",
        }
    if path.endswith("/token"):
        return {"grant_type": "client_credentials", "resource": seeded["management_resource"]}
    return {"client_id": seeded["cli_client_id"], "token": "a.b.c", "scope": "openid"}


def test_no_route_breaks_or_surprises(http: httpx.Client, open_stack: Stack) -> None:
    """No 5xx, no status that is not documented, each JSON refusal in the envelope: by schema and by forms beside it."""
    document = http.get("/api/v1/openapi.json").json()
    schema = schemathesis.openapi.from_dict(document)
    wrong, seen = set[str](), set[int]()
    operations = [found.ok() for found in schema.get_all_operations()]
    ours = [each for each in operations if "auth" in (each.tags or [])]
    assert len(ours) >= 20
    share, seeded = SECONDS / len(ours) / 2, open_stack.credentials
    callers = itertools.cycle(credentials(open_stack))
    known = (seeded["cli_client_id"], CLI_REDIRECT, seeded["management_client_id"], seeded["management_resource"])

    for each in ours:
        allowed = set(each.definition.raw["responses"]) | DOCUMENTED_BY_THE_DOOR

        def by_schema(case: Any, allowed: set[str] = allowed) -> None:
            given_ = case.as_transport_kwargs(base_url=str(http.base_url))
            wanted = {name: given_[name] for name in ("params", "json", "data") if given_.get(name) is not None}
            if isinstance(wanted.get("data"), bytes | str):
                wanted["content"] = wanted.pop("data")
            kind = {name: value for name, value in (given_.get("headers") or {}).items() if name == "Content-Type"}
            try:
                request = http.build_request(given_["method"], given_["url"], headers=kind, **wanted)
                request.read()
            except (httpx.InvalidURL, UnicodeError, TypeError, ValueError, AttributeError):
                return  # what cannot even be sent
            answer = http.send(request, auth=next(callers))
            seen.add(answer.status_code)
            what = f"{request.method} {request.url} {request.content[:200]!r}"
            judged(answer, wrong, what, allowed if _reached(request, case) else None)

        def by_form(pairs: Pairs, each: Any = each, allowed: set[str] = allowed) -> None:
            body, target = str(httpx.QueryParams(pairs)), each.path.replace("{", "").replace("}", "")
            method, auth = each.method.upper(), next(callers)
            if method == "GET":
                answer = http.get(f"{target}?{body}", auth=auth)
            else:
                answer = http.request(method, target, content=body, headers={"content-type": FORM}, auth=auth)
            seen.add(answer.status_code)
            judged(answer, wrong, f"{method} {target} {body}", allowed | {"404", "422"})

        try:
            tried(each.as_strategy(), by_schema, share)
        except HypothesisException as error:
            wrong.add(f"{each.method} {each.path}: {error!r}")
        tried(forms(right(seeded, each.path), *known), by_form, share)
    assert set() == wrong
    assert {200, 302, 303, 400, 401} <= seen  # or it fuzzes nothing but the door


def _reached(request: httpx.Request, case: Any) -> bool:
    """Whether it is this operation's own path; a parameter may be a segment that makes it another one."""
    return bool(request.url.path.count("/") == case.path.count("/")) and not request.url.path.endswith("/")


@pytest.fixture
async def person(open_stack: Stack) -> AsyncIterator[Journey]:
    """A developer who is signed in."""
    async with httpx.AsyncClient(base_url=open_stack.issuer, timeout=30) as http:
        yield await someone(open_stack, http)


async def someone(stack: Stack, http: httpx.AsyncClient) -> Journey:
    http.cookies.clear()
    mailbox = Mailbox(stack.home / "mail")
    journey = Journey(http, Browser(http), mailbox, None, Story(lambda _: None), "")  # type: ignore[arg-type] # no host
    for step in (developer.sign_up, developer.verify_email, developer.sign_in):
        await step(journey)
    return journey


async def token_of(journey: Journey) -> str | None:
    """The CSRF token of the session, while there is one."""
    page = await journey.http.get("/account")
    found = [form.fields["csrf_token"] for form in forms_of(page) if "csrf_token" in form.fields]
    return found[0] if page.status_code == 200 and found else None


async def test_no_page_breaks(person: Journey, open_stack: Stack) -> None:
    """For a stranger and for who is signed in: no 5xx, no markup that comes back, no page that may be framed."""
    routes = json.loads((ROOT / "services/auth/routes.json").read_text())["routes"]
    pages = [route for route in routes if route["face"] == "page"]
    assert len(pages) >= 30
    wrong: set[str] = set()
    for route in pages:
        csrf = await token_of(person)
        if csrf is None:  # it has just been signed out, or deleted
            person = await someone(open_stack, person.http)
            csrf = await token_of(person) or ""
        signed_in = httpx.Cookies(person.http.cookies)
        with httpx.Client(base_url=open_stack.issuer, timeout=20) as http:
            _page(http, route, {"csrf_token": csrf}, signed_in, wrong, SECONDS / len(pages))
    assert set() == wrong


def _page(
    http: httpx.Client,
    route: dict[str, Any],
    known: dict[str, str],
    signed_in: httpx.Cookies,
    wrong: set[str],
    seconds: float,
) -> None:
    who = itertools.cycle([signed_in, httpx.Cookies(), signed_in])
    target, html = (
        route["path"].replace("{", "").replace("}", ""),
        {"accept": "text/html", "origin": str(http.base_url)},
    )

    def send(pairs: Pairs) -> None:
        http.cookies = next(who)
        body = str(httpx.QueryParams(pairs))
        if route["method"] == "GET":
            answer = http.get(f"{target}?{body}", headers=html)
        else:
            answer = http.request(route["method"], target, content=body, headers={**html, "content-type": FORM})
        what = f"{route['method']} {target} {body}"
        judged(answer, wrong, what)
        if MARKUP in answer.text:
            wrong.add(f"reflected {what}")
        if answer.text and "text/html" in answer.headers["content-type"]:
            policy = answer.headers.get("content-security-policy", "")
            if "frame-ancestors 'none'" not in policy or "script-src 'unsafe" in policy:
                wrong.add(f"policy {policy!r} {what}")

    tried(forms(known, *known.values()), send, seconds)
