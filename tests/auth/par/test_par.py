"""RFC 9126: a request that the application brings itself."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from contracts.applications import Application
from tests.auth.rp import CALLBACK, SECRET, World, an_app, asking, consent, told

PAR = "/oauth/par"


def pushing(app: Application, **changes: str | None) -> dict[str, str]:
    return {name: value for name, value in asking(app, **changes).items() if name != "client_id"}


async def pushed(world: World, app: Application, **changes: str | None) -> str:
    answer = await world.post(PAR, app, **pushing(app, **changes))
    assert (201, 60, "no-store") == (answer.status_code, answer.json()["expires_in"], answer.headers["cache-control"])
    uri = answer.json()["request_uri"]
    assert uri.startswith("urn:ietf:params:oauth:request_uri:")
    return str(uri)


async def ask(http: httpx.AsyncClient, app: Application, uri: str, **more: str) -> httpx.Response:
    return await http.get("/oauth/authorize", params={"client_id": app.client_id, "request_uri": uri, **more})


@pytest.mark.parametrize("client_type", ["confidential", "public"])
async def test_a_pushed_request_becomes_a_code(world: World, client_type: str) -> None:
    """What was pushed counts, whatever else the address says."""
    app = await world.tell(an_app(client_type=client_type, require_pushed_authorization_requests=True))
    ada = await world.person(f"{client_type}@par.example")
    uri = await pushed(world, app, scope="openid")
    async with world.browser() as http:
        csrf = await world.sign_in(http, ada)
        page = await ask(http, app, uri, scope="openid email", redirect_uri="https://evil.example/", state="other")
        assert "Your email" not in page.text
        answer = told(await consent(http, page.text, csrf))
    assert "st&te +ü" == answer["state"]
    tokens = (await world.redeem(app, answer["code"])).json()
    assert "openid" == tokens["scope"]


async def test_one_time_tokens_used_twice_a_request_uri(world: World) -> None:
    """Of ten who come with it at once, one is heard; the refusal is shown here and redirects nowhere."""
    app = await world.tell(an_app())
    uri = await pushed(world, app)
    async with world.browser() as http:
        answers = await asyncio.gather(*(ask(http, app, uri) for _ in range(10)))
    assert [302] + [400] * 9 == sorted(answer.status_code for answer in answers)
    assert {None} == {answer.headers.get("location") for answer in answers if answer.status_code == 400}


async def test_a_request_uri_is_its_clients_and_lasts_a_minute(world: World) -> None:
    """Another client's try does not use it up; after a minute it is gone."""
    app, other = await world.tell(an_app()), await world.tell(an_app())
    uri = await pushed(world, app)
    async with world.browser() as http:
        assert 400 == (await ask(http, other, uri)).status_code
        assert 302 == (await ask(http, app, uri)).status_code
        late = await pushed(world, app)
        world.clock.advance(timedelta(seconds=61))
        assert 400 == (await ask(http, app, late)).status_code


async def test_an_app_may_demand_it(world: World) -> None:
    """Then a plain request is refused by redirect."""
    app = await world.tell(an_app(require_pushed_authorization_requests=True))
    async with world.browser() as http:
        answer = told(await http.get("/oauth/authorize", params=asking(app)))
    assert ("invalid_request", "st&te +ü") == (answer["error"], answer["state"])
    assert "/oauth/par" in answer["error_description"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"redirect_uri": CALLBACK + "/"}, "invalid_request"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"scope": "openid admin"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"),
        ({"request": "eyJ"}, "request_not_supported"),
        ({"request_uri": "urn:ietf:params:oauth:request_uri:x"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
    ],
)
async def test_each_mistake_is_told_when_it_is_pushed(world: World, change: dict[str, str | None], error: str) -> None:
    """400 with the code that the authorization endpoint would have sent back."""
    app = await world.tell(an_app())
    answer = await world.post(PAR, app, **pushing(app, **change))
    assert (400, error) == (answer.status_code, answer.json()["error"])
    assert answer.json()["error_description"]


async def test_only_the_client_itself_pushes(world: World) -> None:
    """A wrong secret, none, and a secret from a public client are refused; a repeated parameter too."""
    app, public = await world.tell(an_app()), await world.tell(an_app(client_type="public"))
    async with world.browser() as http:
        for form in (
            asking(app) | {"client_secret": "logi_secret_wrong"},
            asking(app),
            asking(public) | {"client_secret": SECRET},
        ):
            answer = await http.post(PAR, data=form)
            assert (401, "invalid_client") == (answer.status_code, answer.json()["error"])
        twice = await http.post(
            PAR,
            content=f"client_id={public.client_id}&scope=openid&scope=email",
            headers={"content-type": "application/x-www-form-urlencoded"},
        )
    assert (400, "scope is given twice.") == (twice.status_code, twice.json()["error_description"])


async def test_no_secret_is_kept_with_the_request(world: World) -> None:
    """What authenticates the client is no part of what it asks."""
    app = await world.tell(an_app())
    await pushed(world, app)
    held = await world.db.fetchval("select params::text from pushed_requests where client_id = $1", app.client_id)
    assert (True, False) == ("code_challenge" in held, "logi_secret" in held)
