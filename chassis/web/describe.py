"""What OpenAPI says of a route beyond its signature: what it reads by hand, and every way in which it may refuse."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

FORM: Final = "application/x-www-form-urlencoded"

WORDS: Final = {
    302: "On to the address in `Location`.",
    303: "On to the address in `Location`, by GET.",
    400: "The request cannot be read, or does not fit.",
    401: "No credential, or one that does not count.",
    403: "The credential does not allow this.",
    404: "There is nothing here that you may see.",
    409: "What is there already stands in the way.",
    410: "It is too late for this.",
    412: "It has changed since you read it (`If-Match`).",
    413: "The body is larger than this route takes.",
    415: "The body is of another kind.",
    422: "Some fields are not right; `fields` says which and why.",
    428: "Say by `If-Match` which version you have read.",
    429: "Too many; `Retry-After` says how long to wait.",
    503: "Not to be had right now; try again.",
}

_SAID: Final = re.compile(r"\b4[0-2]\d\b")
"""A status in a docstring: `404 where nothing was connected`."""

Node = dict[str, Any]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a route's declaration says for OpenAPI alone."""

    form: type[msgspec.Struct] | None = None
    """The members of a body that the handler reads by hand, in any of the kinds `media`."""
    media: tuple[str, ...] = (FORM,)
    query: type[msgspec.Struct] | None = None
    answers: tuple[int, ...] = ()
    """Statuses beside the one of success and those that every such route may give."""


NOTHING_MORE: Final = Told()


class Refusal(msgspec.Struct, kw_only=True):
    """Why a request is refused; some refusals have members of their own besides."""

    error: str
    request_id: str
    error_description: str | None = None
    error_uri: str | None = None
    fields: dict[str, list[str]] | None = None


class DialectRefusal(msgspec.Struct, kw_only=True):
    """The same on the second face (management-api.md 2.5), whose OAuth endpoint adds the members of RFC 6749."""

    code: str | None = None
    message: str | None = None
    error: str | None = None
    error_description: str | None = None
    request_id: str | None = None


def completed(document: Node, app: Litestar) -> Node:
    """The document with the parameters, forms and refusals of each declared route."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for operation, handler, path in _operations(document, app):
        declared = handler.opt["route"]
        _take(operation, declared.told, schemas)
        told = operation.setdefault("responses", {})
        if declared.face == "page":
            _as_page(told)
        for status in sorted(_statuses(declared, handler, operation, path)):
            told[str(status)] = _answer(status, declared.face, schemas)
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    return document


def _operations(document: Node, app: Litestar) -> Iterator[tuple[Node, HTTPRouteHandler, str]]:
    for route in app.routes:
        for handler in route.route_handlers if isinstance(route, HTTPRoute) else []:
            described = document["paths"].get(route.path_format, {})
            if "route" in handler.opt and handler.include_in_schema is not False:
                yield from ((described[m.lower()], handler, route.path_format) for m in handler.http_methods)


def _take(operation: Node, by_hand: Told, schemas: Node) -> None:
    if by_hand.query is not None:
        schema = _component(by_hand.query, {})
        required = schema.get("required", [])
        operation.setdefault("parameters", []).extend(
            {
                "name": name,
                "in": "query",
                "required": name in required,
                **({"description": about.pop("description")} if "description" in about else {}),
                "schema": about,
            }
            for name, about in schema["properties"].items()
        )
    if by_hand.form is not None:
        _component(by_hand.form, schemas)
        content = {"schema": {"$ref": f"#/components/schemas/{by_hand.form.__name__}"}}
        operation["requestBody"] = {"required": True, "content": dict.fromkeys(by_hand.media, content)}


def _component(kind: type, schemas: Node) -> Node:
    """The schema of a Struct, which with all that it refers to becomes a component."""
    _, found = msgspec.json.schema_components([kind], ref_template="#/components/schemas/{name}")
    schemas.update(found)
    return dict(found[kind.__name__])


def _as_page(told: Node) -> None:
    if "200" in told:
        told["200"]["content"] = {"text/html": {"schema": {"type": "string"}}}


def _statuses(declared: Any, handler: HTTPRouteHandler, operation: Node, path: str) -> set[int]:
    """What such a route may answer with beside its success: by what it declares, and by what its docstring says."""
    judged = not {"none", "own"} & set(declared.credentials)
    writes = handler.http_methods != {"GET"}
    by_hand: Told = declared.told
    read = {"parameters", "requestBody"} & operation.keys() and by_hand.form is None and by_hand.query is None
    found = {400, 503, *by_hand.answers}
    found |= {401, 403} if judged else set()
    found |= {404} if "{" in path else set()
    found |= {int(said) for said in _SAID.findall(handler.fn.__doc__ or "")}
    found |= {413} if writes else set()
    found |= {422} if read else set()
    found |= {429} if declared.rate != "none" else set()
    return found


def _answer(status: int, face: str, schemas: Node) -> Node:
    said: Node = {"description": WORDS.get(status) or HTTPStatus(status).phrase}
    if status < 400:
        return {**said, "headers": {"Location": {"schema": {"type": "string"}}}}
    kind = DialectRefusal if face == "second" else Refusal
    _component(kind, schemas)
    said["content"] = {"application/json": {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}}}
    if face == "page":
        said["content"]["text/html"] = {"schema": {"type": "string"}}
    if status in (429, 503):
        said["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
    return said
