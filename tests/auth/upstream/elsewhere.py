"""Other people's providers for tests: a process of node's oidc-provider, and a person with a browser who goes there."""

import contextlib
import json
import re
import select
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chassis.clock import SystemClock
from chassis.outbound import Outbound, Policy
from deploy.local.process import free_port
from services.auth.upstream import configure
from tests.auth.people import ISSUER
from tests.auth.rp import Auth, World

ROOT = Path(__file__).parents[3]
SCRIPT = Path(__file__).with_name("provider.mjs")
SECRET = "a secret of the provider's"
NAMES = ("google", "kakao", "apple", "github", "acme", "plain")
TRIES, START_SECONDS = 3, 25

APPLE_KEY = ec.generate_private_key(ec.SECP256R1())


def installed(folder: Path) -> Path:
    """The script with oidc-provider beside it, by the lock that the benchmark has as well."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("NOT PROVEN HERE: node and npm are missing, so no real provider was tried")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / "bench" / "peer" / name, folder)
    shutil.copy(SCRIPT, folder)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    subprocess.run(command, cwd=folder, check=True, timeout=90)
    return folder / SCRIPT.name


def apple_pem(*, private: bool) -> str:
    if private:
        encoding = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        return APPLE_KEY.private_bytes(*encoding).decode()
    public = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return APPLE_KEY.public_key().public_bytes(*public).decode()


def client(key: str, issuer: str) -> dict[str, Any]:
    """What the provider knows of us."""
    method = "client_secret_basic" if key == "acme" else "client_secret_post"
    callback = f"{issuer}/auth/{key}/web/callback"
    return {
        "client_id": f"logi-at-{key}",
        "client_secret": SECRET,
        "redirect_uris": [callback],
        "token_endpoint_auth_method": method,
    }


@contextlib.contextmanager
def providers(script: Path, issuer: str = ISSUER, host: str = "localhost") -> Iterator[dict[str, int]]:
    """A provider for each name, each on a port of its own of this host; they know us as `issuer`."""
    for _ in range(TRIES):
        ports = {key: free_port() for key in NAMES}
        with _started(script, ports, issuer, host) as process:
            if _listens(process):
                yield ports
                return
    pytest.fail(f"node did not say within {START_SECONDS} s, {TRIES} times, that its providers listen")


@contextlib.contextmanager
def _started(script: Path, ports: dict[str, int], issuer: str, host: str) -> Iterator[subprocess.Popen[bytes]]:
    given = [
        {
            "host": host,
            "port": port,
            "client": client(key, issuer),
            "claimsInUserinfoOnly": key == "kakao",
            **({"appleKey": apple_pem(private=False)} if key == "apple" else {}),
        }
        for key, port in ports.items()
    ]
    command = ["node", str(script), json.dumps(given)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def _listens(process: subprocess.Popen[bytes]) -> bool:
    """False where another process took one of the ports in between, or nothing is heard in time."""
    assert process.stdout is not None
    heard, _, _ = select.select([process.stdout], [], [], START_SECONDS)
    return bool(heard) and process.stdout.readline() == b"listening\n"


def document(key: str, port: int, host: str = "localhost", **settings: Any) -> bytes:
    """What an operator says to make the connector."""
    base = f"http://{host}:{port}"
    where: dict[str, Any] = {"issuer": base}
    if key in {"google", "github"}:
        where["again"] = "login"  # oidc-provider knows no select_account
    if key == "apple":
        where |= {"team_id": "TEAM", "key_id": "KEY"}
    if key == "github":
        where |= {"issuer": None, "authorization_endpoint": f"{base}/auth", "token_endpoint": f"{base}/token"}
        where |= {"userinfo_endpoint": f"{base}/api/user", "emails_endpoint": f"{base}/api/user/emails"}
    if key == "plain":
        where = {"authorization_endpoint": f"{base}/auth", "token_endpoint": f"{base}/token"}
        where |= {"userinfo_endpoint": f"{base}/api/nested", "scopes": ["read:user"], "subject": "account.uid"}
        where |= {"email": "account.mail.address", "email_verified": "account.mail.proved", "client_auth": "post"}
    preset = {"preset": "oauth2"} if key == "plain" else {}
    secret = apple_pem(private=True) if key == "apple" else SECRET
    given = {"client_id": f"logi-at-{key}", "secret": secret, "settings": {**where, **settings}, **preset}
    return json.dumps(given).encode()


async def set_up(auth: Auth, key: str, port: int) -> None:
    ground = auth.ground
    await configure.connector(ground.db, ground.vault, ground.clock, key, document(key, port))


def reaching_loopback(world: World) -> Auth:
    """The world's auth, which may call servers on this machine, and whose clock goes as theirs does."""
    outbound = Outbound(Policy(http_loopback=True))
    return Auth(msgspec.structs.replace(world.ground, outbound=outbound, clock=SystemClock()))


async def set_out(http: httpx.AsyncClient, key: str, return_to: str = "/console") -> str:
    """Presses the button; the address at the provider."""
    answer = await http.get(f"/auth/{key}/web/start", params={"return_to": return_to})
    assert 302 == answer.status_code, answer.text
    return answer.headers["location"]


async def sign_in_there(address: str, login: str) -> httpx.Request:
    """Goes through the provider's own pages; the request with which it sends the browser back to us."""
    async with httpx.AsyncClient(timeout=30) as away:
        answer = await away.get(address)
        for _ in range(12):
            if answer.is_redirect:
                target = str(httpx.URL(str(answer.url)).join(answer.headers["location"]))
                if target.startswith(ISSUER):
                    return httpx.Request("GET", target)
                answer = await away.get(target)
                continue
            assert 200 == answer.status_code, answer.text
            form = re.search(r'<form[^>]*action="([^"]+)"', answer.text)
            assert form, answer.text
            fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', answer.text))
            if form[1].startswith(ISSUER):
                return httpx.Request("POST", form[1], data=fields)
            if fields.get("prompt") == "login":
                fields |= {"login": login, "password": "-"}
            answer = await away.post(form[1], data=fields)
    raise AssertionError("the provider never sent the browser back")


async def come_back(http: httpx.AsyncClient, request: httpx.Request) -> httpx.Response:
    """The browser follows the provider's answer to the end of the callback, as browsers do."""
    # A form of another site comes without our cookies: they are SameSite=Lax.
    kept = http.cookies if request.method == "GET" else None
    if kept is None:
        async with httpx.AsyncClient(transport=http._transport, base_url=ISSUER) as bare:
            answer = await bare.post(str(request.url), content=request.content, headers=_form(request))
            assert 303 == answer.status_code, answer.text
            location = answer.headers["location"]
        return await http.get(location)
    return await http.get(str(request.url))


def _form(request: httpx.Request) -> dict[str, str]:
    return {"content-type": request.headers["content-type"], "origin": "null"}


async def sign_in(http: httpx.AsyncClient, key: str, login: str, return_to: str = "/console") -> httpx.Response:
    """All of it; our answer to the callback."""
    return await come_back(http, await sign_in_there(await set_out(http, key, return_to), login))


def query(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))
