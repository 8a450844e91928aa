"""Whatever the merged OpenAPI document allows and more is thrown at auth's routes: nothing breaks or surprises."""

import itertools
import json
import secrets
from collections.abc import AsyncIterator, Iterator
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

pytestmark = pytest.mark.timeout(600)

SECONDS = 40
"""For all routes together; each gets its share."""

CLI_REDIRECT = "http://127.0.0.1/callback"


@pytest.fixture(scope="module")
async def http(open_stack: Stack) -> AsyncIterator[httpx.Client]:
    with httpx.Client(base_url=open_stack.issuer, timeout=60) as client:
        yield client


class Shown(httpx.Auth):
    """A credential in headers."""

    def __init__(self, **headers: str) -> None:
        self._headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override] # needs no answer
        request.headers.update(self._headers)
        yield request


async def callers(stack: Stack, person: Journey) -> list[httpx.Auth | None]:
    """Nobody, the operator's machine, one who is not it, a person with a key of everything, one with a session."""
    seeded = stack.credentials
    csrf = await token_of(person)
    if csrf is None:  # the one before has just signed out, or deleted the account
        await sign_up(stack, person)
        csrf = await token_of(person) or ""
    cookies = "; ".join(f"{name}={value}" for name, value in person.http.cookies.items())
    session = Shown(cookie=cookies, x_logi_csrf_token=csrf, origin=stack.issuer, sec_fetch_site="same-origin")
    key = Shown(authorization=f"Bearer {seeded['operator_pak']}")
    machine = httpx.BasicAuth(seeded["management_client_id"], seeded["management_client_secret"])
    return [None, session, key, machine, session, httpx.BasicAuth(seeded["management_client_id"], "wrong")]


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


async def test_no_route_breaks_or_surprises(http: httpx.Client, open_stack: Stack, person: Journey) -> None:
    """No 5xx, no status that is not documented, each JSON refusal in the envelope: by schema and by forms beside it."""
    document = (await person.http.get("/api/v1/openapi.json")).json()
    schema = schemathesis.openapi.from_dict(document)
    operations = [found.ok() for found in schema.get_all_operations()]
    ours = [each for each in operations if "auth" in (each.tags or [])]
    assert len(ours) >= 20
    fuzz, seeded = Fuzz(http, SECONDS / len(ours) / 2), open_stack.credentials
    known = (seeded["cli_client_id"], CLI_REDIRECT, seeded["management_client_id"], seeded["management_resource"])
    for each in ours:
        fuzz.throw(each, await callers(open_stack, person), forms(right(seeded, each.path), *known))
    assert set() == fuzz.wrong
    assert {200, 302, 303, 400, 401, 404, 422} <= fuzz.seen  # or it fuzzes nothing but the door


class Fuzz:
    """Throws at one operation after the other, and remembers what came of it."""

    def __init__(self, http: httpx.Client, seconds: float) -> None:
        self._http, self._seconds = http, seconds
        self.wrong, self.seen = set[str](), set[int]()

    def throw(self, each: Any, who: list[httpx.Auth | None], shapes: Any) -> None:
        """By schema, then by forms."""
        callers, allowed = itertools.cycle(who), set(each.definition.raw["responses"]) | DOCUMENTED_BY_THE_DOOR

        def by_schema(case: Any) -> None:
            request = self._built(case)
            if request is not None:
                self._send(request, next(callers), allowed if _reached(request, case) else None)

        def by_form(pairs: Pairs) -> None:
            body, target = str(httpx.QueryParams(pairs)), each.path.replace("{", "").replace("}", "")
            if each.method.upper() == "GET":
                request = self._http.build_request("GET", f"{target}?{body}")
            else:
                request = self._http.build_request(
                    each.method.upper(), target, content=body, headers={"content-type": FORM}
                )
            self._send(request, next(callers), allowed | {"404", "415", "422"})

        try:
            tried(each.as_strategy(), by_schema, self._seconds)
        except HypothesisException as error:
            self.wrong.add(f"{each.method} {each.path}: {error!r}")
        tried(shapes, by_form, self._seconds)

    def _built(self, case: Any) -> httpx.Request | None:
        given_ = case.as_transport_kwargs(base_url=str(self._http.base_url))
        wanted = {name: given_[name] for name in ("params", "json", "data") if given_.get(name) is not None}
        if isinstance(wanted.get("data"), bytes | str):
            wanted["content"] = wanted.pop("data")
        kind = {name: value for name, value in (given_.get("headers") or {}).items() if name == "Content-Type"}
        try:
            request = self._http.build_request(given_["method"], given_["url"], headers=kind, **wanted)
            request.read()
        except (httpx.InvalidURL, UnicodeError, TypeError, ValueError, AttributeError):
            return None  # what cannot even be sent
        return request

    def _send(self, request: httpx.Request, auth: httpx.Auth | None, allowed: set[str] | None) -> None:
        answer = self._http.send(request, auth=auth)
        self.seen.add(answer.status_code)
        judged(answer, self.wrong, f"{request.method} {request.url} {request.content[:200]!r}", allowed)


def _reached(request: httpx.Request, case: Any) -> bool:
    """Whether it is this operation's own path; a parameter may be a segment that makes it another one."""
    return bool(request.url.path.count("/") == case.path.count("/")) and not request.url.path.endswith("/")


@pytest.fixture
async def person(open_stack: Stack) -> AsyncIterator[Journey]:
    """A developer who is signed in."""
    async with httpx.AsyncClient(base_url=open_stack.issuer, timeout=30) as http:
        mailbox = Mailbox(open_stack.home / "mail")
        journey = Journey(http, Browser(http), mailbox, None, Story(lambda _: None), "")  # type: ignore[arg-type] # no host
        await sign_up(open_stack, journey)
        yield journey


async def sign_up(stack: Stack, person: Journey) -> None:
    """As somebody new."""
    person.http.cookies.clear()
    person.email = f"ada-{secrets.token_hex(4)}@{stack.port}.example"
    for step in (developer.sign_up, developer.verify_email, developer.sign_in):
        await step(person)


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
            await sign_up(open_stack, person)
            csrf = await token_of(person) or ""
        signed_in = httpx.Cookies(person.http.cookies)
        with httpx.Client(base_url=open_stack.issuer, timeout=60) as http:
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
