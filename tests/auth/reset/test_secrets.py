"""Nothing of a sign-up, a reset or a move that was said in confidence is told to logs, spans or tables."""

import structlog.testing

from chassis import trace
from tests.auth.people import People, csrf, sign_in, sign_up
from tests.chassis.telling import traced

PASSWORDS = {
    "first": "the first secret sentence",
    "second": "the second secret sentence",
    "third": "a third secret one",
}


async def _flows(process: People) -> dict[str, str]:
    """Every one of them, well and badly ended; what was secret in them."""
    email, secrets = "ada@confidence.example", dict(PASSWORDS)
    async with process.browser() as browser:
        await sign_up(browser, email, PASSWORDS["first"])
        secrets["verification"] = (await process.letters(email))[-1][1].partition("token=")[2]
        page = f"/console/verify_email?token={secrets['verification']}"
        form = {"token": secrets["verification"], "csrf_token": await csrf(browser, page)}
        for _ in range(2):
            await browser.post("/console/verify_email", data=form)
        form = {"email": email, "csrf_token": await csrf(browser, "/session/forgot")}
        await browser.post("/session/forgot", data=form)
        secrets["reset"] = (await process.letters(email))[-1][1].partition("token=")[2]
        token = await csrf(browser, f"/session/reset?token={secrets['reset']}")
        for password in ("short", PASSWORDS["second"], PASSWORDS["second"]):
            form = {"token": secrets["reset"], "password": password, "csrf_token": token}
            await browser.post("/session/reset", data=form)
        await sign_in(browser, email, PASSWORDS["second"])
        form = {"password": PASSWORDS["third"], "csrf_token": await csrf(browser, "/account/password")}
        assert 303 == (await browser.post("/account/password", data=form)).status_code
        secrets["device"], secrets["session"] = browser.cookies["logi_device"], browser.cookies["logi_session"]
    return secrets


async def _stored(process: People) -> str:
    catalogue = "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
    lines = []
    for table in [row["relname"] for row in await process.ground.db.fetch(catalogue)]:
        rows = await process.ground.db.fetch(f"select t::text as line from {table} t")  # noqa: S608 - of the catalogue
        lines += [row["line"] for row in rows]
    return "\n".join(lines)


async def test_what_was_said_in_confidence_stays_so(process: People) -> None:
    """Passwords, links, the cookies of session and browser: in no line, no span and no row."""
    with traced() as exporter, structlog.testing.capture_logs() as lines, trace.arriving(None):
        secrets = await _flows(process)
    assert 7 == len(secrets)
    told = {
        "logs": "\n".join(map(repr, lines)),
        "spans": "\n".join(repr((span.name, span.attributes, span.events)) for span in exporter.get_finished_spans()),
        "rows": await _stored(process),
    }
    assert {} == {
        (place, name): secret for place, text in told.items() for name, secret in secrets.items() if secret in text
    }
    assert lines  # what goes well has no line of its own here
    assert len(exporter.get_finished_spans()) > 10
