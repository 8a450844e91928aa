"""Every route of registry is thrown what its OpenAPI description allows, and more: nothing breaks or surprises."""

import asyncio
from typing import Any

import httpx
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from chassis import web
from contracts.principal import Principal
from services.registry import app
from tests.gateless import as_caller
from tests.registry.builders import Peers, a_developer, a_session, an_admin

EXAMPLES = 25
"""Of each route, by each caller."""

SCOPES = ("apps:manage", "team:manage", "admin:review")
KEPT = {"content-type", "if-match", "idempotency-key", "x-logi-organization"}


def cases(operation: Any) -> list[Any]:
    """So many requests that fit the description or just do not."""
    found: list[Any] = []

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(operation.as_strategy())
    def one(case: Any) -> None:
        found.append(case)

    one()
    return found


async def test_no_route_breaks_or_surprises(http: httpx.AsyncClient, peers: Peers) -> None:
    """No 5xx, no status that the description does not have, and every refusal in the envelope."""
    assert peers is not None
    schema = schemathesis.openapi.from_dict(web.openapi(app.described()))
    callers: list[Principal] = [a_developer(scopes=SCOPES), a_session(), an_admin()]
    wrong: set[str] = set()
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) >= 45
    for operation in operations:
        allowed = set(operation.definition.raw["responses"])
        made = await asyncio.to_thread(cases, operation)
        for number, case in enumerate(made):
            answer = await _sent(http, case, callers[number % len(callers)])
            if answer is not None:
                wrong |= {f"{operation.label}: {fault}" for fault in _faults(answer, allowed)}
    assert set() == wrong


async def _sent(http: httpx.AsyncClient, case: Any, caller: Principal) -> httpx.Response | None:
    given_ = case.as_transport_kwargs(base_url=str(http.base_url))
    wanted = {name: given_[name] for name in ("params", "json", "data", "files") if given_.get(name) is not None}
    if isinstance(wanted.get("data"), bytes | str):
        wanted["content"] = wanted.pop("data")
    headers = {name: value for name, value in (given_.get("headers") or {}).items() if name.lower() in KEPT}
    try:
        request = http.build_request(
            given_["method"], given_["url"], headers={**headers, **as_caller(caller)}, **wanted
        )
        request.read()
    except (httpx.InvalidURL, UnicodeError, TypeError, ValueError, AttributeError):
        return None  # what cannot even be sent
    return await http.send(request)


def _faults(answer: httpx.Response, allowed: set[str]) -> list[str]:
    status = answer.status_code
    if status >= 500:
        return [f"{status} {answer.request.url.path} {answer.request.content[:200]!r}"]
    # A path whose parameter is of another kind is no path of ours: the gateway answers it.
    if status == 405 or (status == 404 and "error" in answer.json()):
        return []
    if str(status) not in allowed and not (status == 200 and "201" in allowed):
        return [f"undocumented {status} {answer.text[:200]}"]
    if status >= 400 and not {"error", "request_id"} <= answer.json().keys():
        return [f"{status} without an envelope"]
    return []
