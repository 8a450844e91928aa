"""Nothing secret in logs, traces, errors or tables: whole flows, well and badly ended, and then a search."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import structlog.testing
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis import trace
from services.auth.passwords.hashing import Passwords
from tests.auth.people import csrf
from tests.auth.rp import RESOURCE, SECRET, VERIFIER, World, a_machine, an_app, asking, consent, told, with_management
from tests.chassis.telling import traced

PASSWORD = "a password that nobody may read"
WRONG = "logi_secret_" + "9" * 64


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    with traced() as exporter:
        yield exporter


class Secrets:
    """What was said in confidence, and every answer that was no page of its owner's."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        self.errors: list[str] = []

    def keep(self, **named: str) -> None:
        self.known.update(named)

    def note(self, answer: httpx.Response) -> httpx.Response:
        if answer.status_code >= 400:
            self.errors.append(answer.text + repr(answer.headers))
        return answer

    def in_text(self, text: str) -> set[str]:
        return {name for name, secret in self.known.items() if secret in text}


async def _person_signs_in(world: World, http: httpx.AsyncClient, secrets: Secrets) -> str:
    """By the page, wrongly first; returns the CSRF token."""
    passwords = Passwords(workers=1)
    ada = await world.person("ada@secrets.example")
    hashed = await passwords.hash(PASSWORD)
    passwords.stop()
    await world.db.execute("update users set password_hash = $2 where id = $1", ada.id, hashed)
    for password in (PASSWORD + "x", PASSWORD):
        form = {"email": "ada@secrets.example", "password": password, "csrf_token": await csrf(http, "/session/new")}
        answer = secrets.note(await http.post("/session", data=form))
    secrets.keep(password=PASSWORD, cookie=answer.cookies["logi_session"])
    session_csrf: str = await world.db.fetchval("select csrf_token from sessions where user_id = $1", ada.id)
    return session_csrf


async def _flows(world: World, secrets: Secrets) -> None:
    app, machine = await world.tell(an_app()), await with_management(world, a_machine())
    secrets.keep(client_secret=SECRET, wrong_secret=WRONG, verifier=VERIFIER)
    async with world.browser() as http:
        token = await _person_signs_in(world, http, secrets)
        pushed = (await world.post("/oauth/par", app, **asking(app))).json()["request_uri"]
        secrets.keep(request_uri=pushed.rpartition(":")[2])
        page = await http.get("/oauth/authorize", params={"client_id": app.client_id, "request_uri": pushed})
        secrets.keep(handle=page.text.split('name="request" value="')[1].split('"')[0])
        code = told(await consent(http, page.text, token))["code"]
        again = told(await http.get("/oauth/authorize", params=asking(app)))["code"]
        secrets.keep(code=code, again=again)
        tokens = (await world.redeem(app, code)).json()
        fresh = (await world.refresh(app, tokens["refresh_token"])).json()
        secrets.keep(**{f"first_{name}": tokens[name] for name in ("access_token", "refresh_token", "id_token")})
        secrets.keep(**{f"fresh_{name}": fresh[name] for name in ("access_token", "refresh_token", "id_token")})
        await _wrongly(world, app, secrets, tokens, again)
        await http.get("/oauth/end_session", params={"id_token_hint": fresh["id_token"]})
    form = {"grant_type": "client_credentials", "client_id": machine.client_id, "resource": RESOURCE}
    secrets.keep(machine=(await world.token(form)).json()["access_token"])


async def _wrongly(world: World, app: Any, secrets: Secrets, tokens: dict[str, str], code: str) -> None:
    """Every way in which a secret is shown and refused."""
    secrets.note(await world.redeem(app, code, code_verifier="w" * 43))
    secrets.note(await world.redeem(app, code, redirect_uri="https://evil.example/"))
    secrets.note(await world.token({"grant_type": "refresh_token", "client_id": app.client_id}, WRONG))
    secrets.note(await world.refresh(app, tokens["refresh_token"]))
    secrets.note(await world.userinfo(tokens["access_token"] + "x"))
    secrets.note(await world.userinfo(tokens["access_token"]))
    for path in ("/oauth/revoke", "/oauth/introspect"):
        secrets.note(await world.post(path, app, token=tokens["access_token"]))
        secrets.note(await world.post(path, app, token=tokens["refresh_token"], client_secret=WRONG))
    async with world.browser() as http:
        bearer = {"authorization": f"Bearer {tokens['access_token']}"}
        secrets.note(await http.get("/api/v1/me", headers=bearer))
        secrets.note(await http.post("/oauth/authorize", data={"client_id": SECRET, "state": code}))


async def _everything_stored(world: World) -> dict[str, str]:
    catalogue = "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
    found = {}
    for table in [row["relname"] for row in await world.db.fetch(catalogue)]:
        rows = await world.db.fetch(f"select t::text as line from {table} t")  # noqa: S608 - names from the catalogue
        found[table] = "\n".join(row["line"] for row in rows)
    return found


def _told(span: ReadableSpan) -> str:
    return repr((span.name, span.attributes, span.status, [event.attributes for event in span.events]))


async def test_nothing_secret_is_told(world: World, spans: InMemorySpanExporter) -> None:
    """No log line, no span, no error and no row repeats a password, a secret, a code, a token or a cookie."""
    secrets = Secrets()
    with structlog.testing.capture_logs() as lines, trace.arriving(None):
        await _flows(world, secrets)
    assert 16 <= len(secrets.known)
    assert 8 <= len(secrets.errors)
    assert 20 <= len(lines)
    assert set() == secrets.in_text("\n".join(map(repr, lines)))
    told_by_spans = [_told(span) for span in spans.get_finished_spans()]
    assert 20 <= len(told_by_spans)
    assert set() == secrets.in_text("\n".join(told_by_spans))
    assert set() == secrets.in_text("\n".join(secrets.errors))
    for table, text in (await _everything_stored(world)).items():
        assert set() == secrets.in_text(text), table
