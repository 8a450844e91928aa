"""Nothing secret in logs, traces, errors or tables: whole flows, well and badly ended, and then a search."""

from typing import Any

import httpx
import structlog.testing
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis import trace
from services.auth.deletion import close
from services.auth.passwords.hashing import Passwords
from services.auth.token.request import DEVICE_CODE
from tests.auth.anonymous.phone import Phone, the_app
from tests.auth.clients.test_private_key_jwt import a_signer, ask, assertion
from tests.auth.confidence import Secrets
from tests.auth.dpop.proofs import Holder
from tests.auth.factors.builders import code as code_of
from tests.auth.merging.builders import MERGE, Person
from tests.auth.people import csrf
from tests.auth.rp import RESOURCE, SECRET, VERIFIER, World, a_machine, an_app, asking, consent, told, with_management

PASSWORD = "a password that nobody may read"
WRONG = "logi_secret_" + "9" * 64


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
    await _devices(world, secrets)
    await _factors(world, secrets)
    await _leaving(world, secrets)
    form = {"grant_type": "client_credentials", "client_id": machine.client_id, "resource": RESOURCE}
    secrets.keep(machine=(await world.token(form)).json()["access_token"])


async def _devices(world: World, secrets: Secrets) -> None:
    """A device that is let in, one that is nobody's, a proof of possession, an assertion, a token on behalf."""
    public = await world.tell(an_app(client_type="public", grant_types=("authorization_code", DEVICE_CODE)))
    begun = (await world.post("/oauth/device_authorization", public, scope="openid")).json()
    secrets.keep(device_code=begun["device_code"])
    for code in (begun["device_code"], begun["device_code"] + "x"):
        form = {"grant_type": DEVICE_CODE, "client_id": public.client_id, "device_code": code}
        secrets.note(await world.token(form, None))
    await world.tell(the_app())
    phone = Phone(world)
    first = (await phone.begin()).json()
    secrets.keep(device_secret=first["device_secret"], anonymous_token=first["access_token"])
    signer = await world.tell(a_signer())
    shown = assertion(world, signer)
    for _ in range(2):
        secrets.note(await ask(world, shown))
    secrets.keep(assertion=shown)
    holder = Holder(world, await world.tell(an_app()))
    proof = holder.proof()
    for _ in range(2):
        secrets.note(await holder.redeem("never-issued-to-anybody", proof))
    secrets.keep(proof=proof)
    mine, other = [await Person.signed_in(world, await world.person(f"m{n}@secrets.example")) for n in (1, 2)]
    merging = await other.proof()
    for _ in range(2):
        secrets.note(await mine.post(MERGE, {"target_session_token": merging}))
    secrets.keep(merge_proof=merging)
    async with world.browser() as http:
        answer = await http.post("/oauth/qr/start", data=asking(await world.tell(an_app())))
        secrets.keep(**{f"qr_{name}": value for name, value in answer.cookies.items()})


async def _factors(world: World, secrets: Secrets) -> None:
    """One-time and backup codes: made, mistyped, used, used again."""
    async with world.browser() as http:
        header = {"x-logi-csrf-token": await world.sign_in(http, await world.person("factors@secrets.example"))}
        offer = (await http.post("/api/v1/me/otp", headers=header)).json()
        body = {"code": code_of(world, offer["secret"])}
        done = secrets.note(await http.post("/api/v1/me/otp/confirm", json=body, headers=header))
        http.headers["cookie"] = done.headers["set-cookie"].partition(";")[0]
        backup = done.json()["backup_codes"]
        for shown in (body["code"], backup[0], backup[0], backup[1] + "x"):
            answer = secrets.note(await http.post("/api/v1/me/otp/verify", json={"code": shown}, headers=header))
            if answer.status_code == 204:
                http.headers["cookie"] = answer.headers["set-cookie"].partition(";")[0]
    secrets.keep(seed=offer["secret"], backup_code=backup[0], backup_code_left=backup[2])
    secrets.keep(renewed_cookie=http.headers["cookie"].partition("=")[2])


async def _leaving(world: World, secrets: Secrets) -> None:
    """An account is closed and offered back: once well, once too late."""
    passwords = Passwords(workers=1)
    leo = await world.person("leo@secrets.example")
    await world.db.execute("update users set password_hash = $2 where id = $1", leo.id, await passwords.hash(PASSWORD))
    passwords.stop()
    await close.account(world.ground, leo.id)
    async with world.browser() as http:
        form = {"email": "leo@secrets.example", "password": PASSWORD, "csrf_token": await csrf(http, "/session/new")}
        page = (await http.post("/session", data=form)).headers["location"]
        offer = page.partition("offer=")[2]
        secrets.keep(offer=offer)
        answer = {"offer": offer, "csrf_token": await csrf(http, page)}
        for _ in range(2):
            secrets.note(await http.post("/session/closed", data=answer))


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


async def test_nothing_secret_is_told(world: World, spans: InMemorySpanExporter) -> None:
    """No log line, no span, no error and no row repeats a password, a secret, a code, a token or a cookie."""
    secrets = Secrets()
    with structlog.testing.capture_logs() as lines, trace.arriving(None):
        await _flows(world, secrets)
    assert 27 <= len(secrets.known)
    assert 8 <= len(secrets.errors)
    assert 20 <= len(lines)
    assert 20 <= len(spans.get_finished_spans())
    await secrets.nowhere(world.db, lines, list(spans.get_finished_spans()))
