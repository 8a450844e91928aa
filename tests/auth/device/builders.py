"""Builders for tests of the device grant: apps that may use it, devices that wait, people at the page."""

import re
from typing import Any

import httpx

from contracts.applications import Application
from services.auth.token.request import DEVICE_CODE
from tests.auth.rp import SECRET, Auth, World, an_app


def a_cli(**changes: Any) -> Application:
    """A public app without a browser."""
    usual: dict[str, Any] = {
        "name": "Terminal",
        "client_type": "public",
        "grant_types": (DEVICE_CODE, "refresh_token"),
        "allowed_scopes": ("openid", "email", "console:read", "console:manage"),
    }
    return an_app(**{**usual, **changes})


async def begun(world: World, app: Application, scope: str = "openid email") -> dict[str, Any]:
    answer = await world.post("/oauth/device_authorization", app, scope=scope)
    assert 200 == answer.status_code, answer.text
    return dict(answer.json())


async def poll(world: Auth, app: Application, device_code: str, **changes: str) -> httpx.Response:
    form = {"grant_type": DEVICE_CODE, "client_id": app.client_id, "device_code": device_code, **changes}
    return await world.token(form, SECRET if app.client_type == "confidential" else None)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, page
    return found[1]


async def typed(http: httpx.AsyncClient, user_code: str, csrf: str) -> httpx.Response:
    return await http.post("/cli/activate", data={"user_code": user_code, "csrf_token": csrf})


async def decided(http: httpx.AsyncClient, user_code: str, csrf: str, decision: str = "allow") -> httpx.Response:
    form = {"user_code": user_code, "csrf_token": csrf, "decision": decision}
    return await http.post("/cli/activate/decision", data=form)
