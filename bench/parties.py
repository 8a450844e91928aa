"""The apps and the person of the benchmark, and the requests that they send."""

import asyncio
import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from bench.asking import Ask
from bench.provider import Provider

CALLBACK, VERIFIER, CHAINS = "http://localhost:4000/callback", "v" * 43, 32


class Party(NamedTuple):
    """`asks` by what is measured."""

    asks: dict[str, list[Ask]]


def party(ours: Provider) -> Party:
    return asyncio.run(_party(ours))


async def _party(ours: Provider) -> Party:
    known = ours.credentials
    machine = {"client_id": known["management_client_id"], "client_secret": known["management_client_secret"]}
    async with httpx.AsyncClient(base_url=ours.issuer, timeout=30) as http:
        app = await _app(http, known["operator_pak"])
        sign_in = await _form(http, known)
        await _post(http, sign_in)
        chains = [await _refresh_token(http, app, first=number == 0) for number in range(CHAINS)]
        form = {"grant_type": "client_credentials", "resource": known["management_resource"], "scope": "all", **machine}
        token = (await http.post("/oauth/token", data=form)).json()["access_token"]
    refresh = urlencode({"grant_type": "refresh_token", **app}) + "&refresh_token={}"
    return Party(
        {
            "client_credentials": [Ask("/oauth/token", body=urlencode(form))],
            "introspection": [Ask("/oauth/introspect", body=urlencode({"token": token, **machine}))],
            "refresh": [Ask("/oauth/token", body=refresh, token=chain) for chain in chains],
            "jwks": [Ask("/.well-known/jwks.json")],
            "discovery": [Ask("/.well-known/openid-configuration")],
            "sign_in": [sign_in],
        }
    )


async def _app(http: httpx.AsyncClient, pak: str) -> dict[str, str]:
    body = {"name": "Bench", "redirect_uris": [CALLBACK], "allowed_scopes": ["openid", "email"]}
    key = {"authorization": f"Bearer {pak}"}
    answer = await http.post("/api/v1/applications", json={"application": body}, headers=key)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    return {"client_id": made["client_id"], "client_secret": made["client_secret"]}


async def _form(http: httpx.AsyncClient, known: dict[str, str]) -> Ask:
    """The sign-in form as one browser has it; a form counts until its cookie changes."""
    page = await http.get("/session/new", headers={"accept": "text/html"})
    hidden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text))
    fields = {**hidden, "email": known["operator_email"], "password": known["operator_password"]}
    cookie = "; ".join(f"{name}={value}" for name, value in http.cookies.items())
    headers = {"cookie": cookie, "origin": str(http.base_url).rstrip("/"), "sec-fetch-site": "same-origin"}
    return Ask("/session", headers, urlencode(fields))


async def _post(http: httpx.AsyncClient, ask: Ask) -> None:
    headers = {**ask.headers, "content-type": "application/x-www-form-urlencoded"}
    answer = await http.post(ask.path, content=ask.body, headers=headers)
    assert answer.status_code == 303, answer.text


async def _refresh_token(http: httpx.AsyncClient, app: dict[str, str], *, first: bool) -> str:
    query = {
        "client_id": app["client_id"],
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid email",
        "state": "s",
        "code_challenge": urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    answer = await http.get("/oauth/authorize", params=query)
    if first:
        consent = answer.text.partition('action="/oauth/authorize/consent"')[2].partition("</form>")[0]
        hidden = dict(re.findall(r'name="(request|csrf_token)" value="([^"]*)"', consent))
        headers = {"origin": str(http.base_url).rstrip("/"), "sec-fetch-site": "same-origin"}
        form = {**hidden, "decision": "allow"}
        answer = await http.post("/oauth/authorize/consent", data=form, headers=headers)
    code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    return str((await http.post("/oauth/token", data={**form, **app})).json()["refresh_token"])
