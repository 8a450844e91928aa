"""The same search for what belongs to accounts: links of mails, second factors, keys."""

import re

import httpx
import structlog.testing
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis import trace
from tests.auth.confidence import Secrets
from tests.auth.factors.builders import Authenticator, code, options_of, with_passkey, with_totp
from tests.auth.people import PASSWORD, People, bearer, csrf, sign_in, sign_up

ADA = "ada@confidence.example"
FRESH = "a fresh sentence that nobody may read"


async def _by_mail(house: People, secrets: Secrets) -> None:
    """Sign-up and a forgotten password: both links are shown wrongly, rightly and once too often."""
    async with house.browser() as http:
        await sign_up(http, ADA, PASSWORD)
        (_, link), *_ = await house.letters(ADA)
        token = link.partition("token=")[2]
        secrets.keep(verification=token)
        await _send(http, "/console/verify_email", token, secrets)
        form = {"email": ADA, "csrf_token": await csrf(http, "/session/forgot")}
        await http.post("/session/forgot", data=form)
        links = [link for kind, link in await house.letters(ADA) if kind == "reset_password"]
        reset = links[-1].partition("token=")[2]
        secrets.keep(reset=reset, fresh_password=FRESH)
        await _send(http, "/session/reset", reset, secrets, password=FRESH)


async def _send(http: httpx.AsyncClient, path: str, token: str, secrets: Secrets, **more: str) -> None:
    page = await http.get(f"{path}?token={token}")
    form = {"csrf_token": page.text.split('name="csrf_token" value="')[1].split('"')[0], **more}
    for shown in (token[:-1] + "x", token, token):
        secrets.note(await http.post(path, data={**form, "token": shown}))


async def _factors(house: People, secrets: Secrets) -> None:
    """Enrolment, wrong and right codes, a passkey, a key for programs."""
    async with house.browser() as http:
        assert 303 == (await sign_in(http, ADA, FRESH)).status_code
        seed, backup = await with_totp(house, http)
        key = Authenticator()
        await with_passkey(http, key)
        secrets.keep(seed=seed, **{f"backup_{n}": one for n, one in enumerate(backup)})
        page = await http.post(
            "/settings/api-keys",
            data={
                "csrf_token": await csrf(http, "/settings/api-keys"),
                "name": "laptop",
                "scopes": "profile:read",
                "expires_in_days": "90",
            },
        )
        found = re.search(r"lpa_pat_[0-9A-Za-z]+", page.text)
        assert found, page.text
        secrets.keep(api_key=found[0], cookie=http.cookies["logi_session"])
        secrets.note(await http.get("/api/v1/me", headers=bearer(found[0] + "x")))
        secrets.note(await http.get("/api/v1/me", headers=bearer(found[0])))
    await _second(house, seed, backup, key, secrets)


async def _second(house: People, seed: str, backup: list[str], key: Authenticator, secrets: Secrets) -> None:
    async with house.browser() as http:
        assert 303 == (await sign_in(http, ADA, FRESH)).status_code
        secrets.keep(half_sign_in=http.cookies.get("logi_half", "") or "no such cookie here")
        form = {"csrf_token": await csrf(http, "/session/second")}
        wrong, right = "0" * 6, code(house, seed, 1)
        secrets.keep(one_time_code=right)
        for shown in (wrong, backup[0] + "x", right, right):
            secrets.note(await http.post("/session/second", data={**form, "code": shown}))
    async with house.browser() as http:
        token, options = await options_of(http, "/session/passkey")
        shown = key.show(options)
        secrets.keep(challenge=options["challenge"])
        for _ in range(2):
            secrets.note(await http.post("/session/passkey", data={"csrf_token": token, "credential": shown}))


async def test_nothing_secret_of_accounts_is_told(process: People, spans: InMemorySpanExporter) -> None:
    """No log line, no span, no refusal and no row repeats a link's token, a factor or a key."""
    secrets = Secrets()
    with structlog.testing.capture_logs() as lines, trace.arriving(None):
        await _by_mail(process, secrets)
        await _factors(process, secrets)
    assert 16 <= len(secrets.known)
    assert 6 <= len(secrets.errors)
    assert len(secrets.errors) <= len(lines)
    await secrets.nowhere(process.ground.db, lines, list(spans.get_finished_spans()))
