"""Whatever the merged OpenAPI document allows and more is thrown at auth's routes: nothing breaks."""

import json
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException

from tests.system.stack import ROOT, Stack, running

SECONDS = 40
"""For all routes together; each gets its share."""

GENEROUS = 1_000_000
NAMES = [
    "grant_type",
    "client_id",
    "client_secret",
    "code",
    "redirect_uri",
    "code_verifier",
    "refresh_token",
    "scope",
    "resource",
    "device_code",
    "token",
    "token_type_hint",
    "response_type",
    "state",
    "code_challenge",
    "code_challenge_method",
    "request_uri",
    "request",
    "prompt",
    "max_age",
    "claims",
    "id_token_hint",
    "post_logout_redirect_uri",
    "subject_token",
    "subject_token_type",
    "client_assertion",
    "client_assertion_type",
]
WORDS = st.sampled_from(
    [
        "authorization_code",
        "refresh_token",
        "client_credentials",
        "password",
        "code",
        "S256",
        "openid email",
        "none",
        "",
    ]
)
FORMS = st.lists(st.tuples(st.sampled_from(NAMES), WORDS | st.text(max_size=40)), max_size=8)


@pytest.fixture(scope="module")
def open_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One whose limits refuse nobody: a fuzz against 429 would show nothing."""
    limits = json.loads((ROOT / "gateway/limits.json").read_text())
    for policy in (policy for policies in limits.values() for policy in policies):
        policy["quota"] *= GENEROUS
    file = Path(tmp_path_factory.mktemp("limits")) / "limits.json"
    file.write_text(json.dumps(limits))
    with running({"LOGI_LIMITS_FILE": str(file)}) as one:
        yield one


@pytest.fixture(scope="module")
async def http(open_stack: Stack) -> AsyncIterator[httpx.Client]:
    with httpx.Client(base_url=open_stack.issuer, timeout=20) as client:
        yield client


def judged(answer: httpx.Response, wrong: list[str], what: str) -> None:
    """A refusal is one that a program can read, and no answer is a failure of ours."""
    if answer.status_code >= 500:
        wrong.append(f"{answer.status_code} {what}")
    elif answer.status_code >= 400 and answer.headers.get("content-type", "").startswith("application/json"):
        told = answer.json()
        if not {"error", "request_id"} <= told.keys() and not {"code", "message"} <= told.keys():
            wrong.append(f"{answer.status_code} without an envelope: {what}")


def tried(strategy: st.SearchStrategy[Any], send: Any, seconds: float) -> None:
    """As many examples as there is time for."""
    until = time.monotonic() + seconds

    @settings(
        max_examples=60, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(strategy)
    def one(example: Any) -> None:
        if time.monotonic() < until:
            send(example)

    one()


def test_no_route_breaks(http: httpx.Client) -> None:
    """No 5xx, and each JSON refusal is in the envelope: by schema, and by forms that the schema does not know of."""
    document = http.get("/api/v1/openapi.json").json()
    schema = schemathesis.openapi.from_dict(document)
    wrong: list[str] = []
    operations = [found.ok() for found in schema.get_all_operations()]
    ours = [each for each in operations if "auth" in (each.tags or [])]
    assert len(ours) >= 20
    share = SECONDS / len(ours) / 2

    def by_schema(case: Any) -> None:
        given_ = case.as_transport_kwargs(base_url=str(http.base_url))
        wanted = {name: given_[name] for name in ("params", "json", "data") if given_.get(name) is not None}
        try:
            request = http.build_request(given_["method"], given_["url"], **wanted)
        except (httpx.InvalidURL, UnicodeError):
            return
        judged(http.send(request), wrong, f"{request.method} {request.url}")

    for each in ours:
        try:
            tried(each.as_strategy(), by_schema, share)
        except HypothesisException as error:
            wrong.append(f"{each.method} {each.path}: {error!r}")

        def by_form(pairs: list[tuple[str, str]], path: str = each.path, method: str = each.method) -> None:
            body = str(httpx.QueryParams(pairs))
            target = path.replace("{", "").replace("}", "")
            form = {"content-type": "application/x-www-form-urlencoded"}
            if method.lower() == "get":
                answer = http.get(f"{target}?{body}")
            else:
                answer = http.request(method, target, content=body, headers=form)
            judged(answer, wrong, f"{method} {target} {body}")

        tried(FORMS, by_form, share)
    assert [] == wrong
