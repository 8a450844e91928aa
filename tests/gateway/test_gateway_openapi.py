"""The merged OpenAPI document and its viewer."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from nats.aio.client import Client
from openapi_spec_validator import validate

from chassis import web
from chassis.web.refusals import Refusals
from gateway import downgrade, openapi
from gateway.openapi import DocumentsClash
from tests.gateway.builders import ISSUER, Town, a_town, some_settings
from tests.gateway.shop import Shop


def a_document(name: str, kind: str = "string", path: str = "/one") -> dict[str, Any]:
    reference = {"$ref": "#/components/schemas/Thing"}
    response = {"description": "found", "content": {"application/json": {"schema": reference}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": name, "version": "1"},
        "paths": {path: {"get": {"operationId": "get", "responses": {"200": response}}}},
        "components": {"schemas": {"Thing": {"type": kind}, "Same": {"type": ["string", "null"]}}},
    }


def test_operations_and_clashing_names_are_prefixed() -> None:
    """Every operation id says its service; a name with two meanings becomes two names, one with one meaning stays."""
    merged = openapi.merged({"a": a_document("a"), "b": a_document("b", "integer", "/two")}, ISSUER)
    validate(merged)
    assert ["a.get", "b.get"] == [merged["paths"][path]["get"]["operationId"] for path in ("/one", "/two")]
    assert {"a.Thing", "b.Thing", "Same"} == set(merged["components"]["schemas"])
    content = merged["paths"]["/two"]["get"]["responses"]["200"]["content"]["application/json"]
    assert "#/components/schemas/b.Thing" == content["schema"]["$ref"]


def test_one_operation_has_one_description() -> None:
    """Two services that describe one operation fail the build."""
    with pytest.raises(DocumentsClash, match="GET /one"):
        openapi.merged({"a": a_document("a"), "b": a_document("b")}, ISSUER)


def test_the_viewers_copy_is_valid_3_0() -> None:
    """What the bundled viewer reads is the same document, said in OpenAPI 3.0."""
    document = downgrade.to_3_0(openapi.merged({"a": a_document("a")}, ISSUER))
    validate(document)
    assert {"type": "string", "nullable": True} == document["components"]["schemas"]["Same"]


@pytest.fixture
async def documented(gateway_link: Client, redis_url: str, tmp_path: Path) -> Any:
    """A gateway over the folder of a service with a real generated document."""
    app: Litestar = web.application("shop", [Shop().route_item(), Shop().route_sized()], Refusals(""), state={})
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "openapi.json").write_text(json.dumps(web.openapi(app)))
    async with a_town(some_settings(redis_url, tmp_path), gateway_link, []) as town:
        yield town


async def test_the_document_is_served_and_valid(documented: Town) -> None:
    """GET /api/v1/openapi.json answers a valid OpenAPI 3.1 document with an ETag that is honoured."""
    answer = await documented.ask(openapi_path := "/api/v1/openapi.json")
    validate(answer.json)
    assert ("3.1.0", ISSUER) == (answer.json["openapi"], answer.json["servers"][0]["url"])
    assert {"/items/{name}", "/sized"} == set(answer.json["paths"])
    again = await documented.ask(openapi_path, headers={"If-None-Match": answer.header("etag") or ""})
    assert 304 == again.status


async def test_the_viewer_loads_nothing_from_elsewhere(documented: Town) -> None:
    """The page names only paths of this host, has no inline script, and its policy forbids both."""
    page = await documented.ask("/reference/api")
    text = page.body.decode()
    links = re.findall(r'(?:src|href|data-document)="([^"]+)"', text)
    assert all(link.startswith("/") and not link.startswith("//") for link in links)
    assert [200] * len(links) == [(await documented.ask(link)).status for link in links]
    assert [] == re.findall(r"<script(?![^>]*src=)", text)
    policy = page.header("content-security-policy") or ""
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy
    assert "3.0.3" == (await documented.ask("/reference/api/openapi.json")).json["openapi"]


async def test_up_answers_without_limit(documented: Town) -> None:
    """GET /up is the public liveness answer; nothing counts it and nothing keeps it."""
    answer = await documented.ask("/up")
    assert (200, b"up\n", None, "no-store") == (
        answer.status,
        answer.body,
        answer.header("ratelimit"),
        answer.header("cache-control"),
    )
