"""What is wrong with a request of a known client is told to that client, with its state and our issuer."""

import pytest

from contracts.applications import Application
from tests.auth.rp import CALLBACK, CHALLENGE, World, an_app, asking, told

ISSUER = "http://localhost:8000"
STATE = "st&te +ü"


async def _refused(world: World, app: Application, **changes: str | None) -> dict[str, str]:
    async with world.browser() as http:
        answer = await http.get("/oauth/authorize", params=asking(app, **changes))
    assert (302, "no-referrer") == (answer.status_code, answer.headers["referrer-policy"])
    return told(answer)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": CHALLENGE + "="}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "openid admin"}, "invalid_scope"),
        ({"scope": "openid,email"}, "invalid_scope"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "please"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"request": "eyJ"}, "request_not_supported"),
        ({"request_uri": "https://evil.example/r"}, "request_uri_not_supported"),
        ({"resource": "https://api.example"}, "invalid_target"),
    ],
)
async def test_each_mistake_has_its_error(world: World, change: dict[str, str | None], error: str) -> None:
    """The code of the RFC, the state unchanged, and `iss` (RFC 9207)."""
    answer = await _refused(world, await world.tell(an_app()), **change)
    assert (error, STATE, ISSUER) == (answer["error"], answer["state"], answer["iss"])
    assert answer["error_description"]
    assert f"{ISSUER}/docs/oauth/errors#{error}" == answer["error_uri"]
    assert answer["request_id"]


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"scope": "openid admin:x"}, "A scope is outside the app's allowed_scopes: admin:x."),
        ({"scope": 'openid "\\ü\n'}, "A scope is outside the app's allowed_scopes: ????."),
        ({"scope": None}, "scope is missing."),
        ({"prompt": "please"}, "prompt has a value that does not exist: please."),
        ({"resource": "https://api.example"}, "The resource is unknown: https://api.example."),
        ({"nonce": "n" * 2049}, "A parameter has more than 2048 characters: nonce."),
    ],
)
async def test_a_description_names_what_is_wrong(world: World, change: dict[str, str | None], cause: str) -> None:
    """In characters that RFC 6749 section 4.1.2.1 allows."""
    assert cause == (await _refused(world, await world.tell(an_app()), **change))["error_description"]


async def test_a_missing_state_is_an_error_of_its_own(world: World) -> None:
    """There is none to echo then."""
    answer = await _refused(world, await world.tell(an_app()), state=None)
    assert ("invalid_request", False) == (answer["error"], "state" in answer)


@pytest.mark.parametrize("twice", ["state", "scope", "nonce", "code_challenge", "code_challenge_method", "prompt"])
async def test_repeated_parameters_are_refused(world: World, twice: str) -> None:
    """Whatever its two values are (RFC 6749 section 3.1)."""
    params = {**asking(await world.tell(an_app()), state="1"), "prompt": "login"}
    async with world.browser() as http:
        answer = await http.get("/oauth/authorize", params=[*params.items(), (twice, params[twice])])
    assert ("invalid_request", f"A parameter is given twice: {twice}.") == (
        told(answer)["error"],
        told(answer)["error_description"],
    )


async def test_an_app_may_choose_to_drop_what_drifts(world: World) -> None:
    """Policy log_only: the code is given for the registered scopes alone."""
    app = await world.tell(an_app(scope_drift_policy="log_only"))
    tokens = await world.tokens(app, await world.person("drift@checks.example"), scope="openid admin")
    assert "openid" == tokens["scope"]


async def test_an_app_without_the_grant_may_not_begin(world: World) -> None:
    """unauthorized_client, by redirect."""
    app = await world.tell(an_app(grant_types=("client_credentials",)))
    assert "unauthorized_client" == (await _refused(world, app))["error"]


async def test_a_form_of_another_site_goes_on_by_get(world: World) -> None:
    """POST keeps the request and leads to a page that gets this host's cookies; errors go back at once."""
    app = await world.tell(an_app())
    async with world.browser() as http:
        answer = await http.post("/oauth/authorize", data=asking(app))
        assert (303, True) == (answer.status_code, answer.headers["location"].startswith("/oauth/authorize/resume?"))
        wrong = await http.post("/oauth/authorize", data=asking(app, scope="admin"))
    assert (303, "invalid_scope") == (wrong.status_code, told(wrong)["error"])
    assert wrong.headers["location"].startswith(CALLBACK)
