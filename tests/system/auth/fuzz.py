"""What a fuzz throws, and how it judges what comes back."""

import time
from typing import Any

import httpx
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

FORM = "application/x-www-form-urlencoded"
CLI_REDIRECT = "http://127.0.0.1/callback"

MARKUP = "<b onclick=x>'"
"""It must not come back as it is."""

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
    "return_to",
    "email",
    "password",
    "decision",
    "user_code",
    "name",
    "scopes",
    "lang",
    "display",
    "ui_locales",
    "again",
]
WORDS = [
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "password",
    "code",
    "S256",
    "openid email",
    "none",
    "login",
    "select_account consent",
    "form_post",
    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:token-exchange",
    "allow",
    MARKUP,
    "",
]
DOCUMENTED_BY_THE_DOOR = {"405", "408", "431"}
"""What the gateway may say of any route, without the service being asked."""


ENVELOPE = {"error", "error_description", "error_uri", "request_id"}
"""Of every refusal of the first face and of /oidc (auth.md 3.10)."""

Pairs = list[tuple[str, str]]


def forms(right: dict[str, str], *known: str) -> st.SearchStrategy[Pairs]:
    """Forms of the protocol's words, of text, and of what is `known` to be good; half of them `right` but for some."""
    values = st.sampled_from([*WORDS, *known]) | st.text(max_size=40)
    anything = st.lists(st.tuples(st.sampled_from([*NAMES, *right]), values), max_size=10)
    changed = st.lists(st.tuples(st.sampled_from([*NAMES, *right]), values), max_size=2)
    return anything | changed.map(lambda pairs: list({**right, **dict(pairs)}.items()))


def judged(answer: httpx.Response, wrong: set[str], what: str, allowed: set[str] | None = None) -> None:
    """A refusal is one that a program can read, no answer is a failure of ours, and none is a surprise."""
    status = str(answer.status_code)
    if status >= "500":
        wrong.add(f"{status} {what}")
    elif allowed is not None and status not in allowed:
        wrong.add(f"undocumented {status} {what} {answer.text[:200]}")
    elif status >= "400" and answer.headers.get("content-type", "").startswith("application/json"):
        missing = (
            {"code", "message"} if answer.url.path.startswith("/api/applications") else ENVELOPE
        ) - answer.json().keys()
        if missing:
            wrong.add(f"{status} without {sorted(missing)}: {what} {answer.text[:200]}")


def tried(strategy: st.SearchStrategy[Any], send: Any, seconds: float) -> None:
    """As many examples as there is time for."""
    until = time.monotonic() + seconds

    @settings(
        max_examples=40, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(strategy)
    def one(example: Any) -> None:
        if time.monotonic() < until:
            send(example)

    one()
