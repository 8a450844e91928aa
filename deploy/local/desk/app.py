"""The desk's pages and its OTLP receiver. It shows hostile strings, so everything is escaped and no script runs."""

import re
from pathlib import Path
from typing import Any

import jinja2
import msgspec
from litestar import Litestar, Request, Response, get, post
from litestar.config.allowed_hosts import AllowedHostsConfig
from litestar.datastructures import State
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import FromPath, FromQuery
from markupsafe import Markup, escape

from deploy.local.desk import spans, traces
from deploy.local.desk.mailbox import Mailbox
from deploy.local.desk.traces import Traces
from deploy.local.home import ROOT

HERE = Path(__file__).parent
LISTED = 200  # traces in a list
LINK = re.compile(r"(https?://[^\s<>\"']+)")
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
JSON, EML, CSS, HTML = "application/json", "message/rfc822", "text/css", "text/html; charset=utf-8"


def linked(text: str) -> Markup:
    """The text escaped, its http addresses made into links: what a developer opens from a mail."""
    parts = LINK.split(text)
    return Markup().join(
        Markup('<a href="{0}" rel="noreferrer">{0}</a>').format(part) if index % 2 else escape(part)
        for index, part in enumerate(parts)
    )


PAGES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(HERE / "pages"), autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined
)
PAGES.filters["linked"] = linked


def desk(mailbox: Mailbox, remembered: Traces, port: int) -> Litestar:
    """The application over a mailbox and a memory of traces, for clients who call it by a name of this machine."""
    return Litestar(
        [up, style, front, mails, mail, listed, trace, receive_traces, receive_and_drop],
        state=State({"mailbox": mailbox, "traces": remembered}),
        response_headers=HEADERS,
        # A page of another site cannot read these mails by pointing its own name here.
        allowed_hosts=AllowedHostsConfig(allowed_hosts=[f"localhost:{port}", f"127.0.0.1:{port}"]),
        openapi_config=None,
        logging_config=None,  # its default has aiosmtpd write every word of every conversation
    )


@get("/up")
async def up() -> str:
    """Alive."""
    return "up"


@get(["/look.css", "/desk.css"])
async def style(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The look of all pages, and what only the desk's need."""
    own = HERE / "pages" / "desk.css"
    path = own if request.url.path == "/desk.css" else next((ROOT / "web").rglob("look.css"), None)
    return Response(path.read_bytes() if path else b"", media_type=CSS)


@get("/")
async def front(state: State) -> Response[str]:
    """The latest of both."""
    return _page(
        "front.html", mails=list(state.mailbox.newest())[:10], traces=_latest(state.traces, "")[:20], wanted=""
    )


@get(["/mail", "/mail.json"])
async def mails(state: State, request: Request[Any, Any, Any]) -> Response[Any]:
    """The mails, newest first."""
    found = list(state.mailbox.newest())
    if request.url.path.endswith(".json"):
        return _json(found)
    return _page("mails.html", mails=found)


@get("/mail/{name:str}")
async def mail(state: State, name: FromPath[str]) -> Response[Any]:
    """One mail as a page, with .json as JSON, with .eml as it came."""
    stem, _, form = name.partition(".")
    raw, found = state.mailbox.raw(stem), state.mailbox.one(stem)
    if raw is None or found is None or form not in {"", "json", "eml"}:
        raise NotFoundException
    if form == "eml":
        return Response(raw, media_type=EML, headers={"Content-Disposition": f'attachment; filename="{stem}.eml"'})
    return _json(found) if form == "json" else _page("mail.html", mail=found)


@get(["/traces", "/traces.json"])
async def listed(state: State, request: Request[Any, Any, Any], wanted: FromQuery[str] = "") -> Response[Any]:
    """The traces, newest first; `wanted` narrows them."""
    found = _latest(state.traces, wanted)
    if request.url.path.endswith(".json"):
        return _json(found)
    return _page("traces.html", traces=found, wanted=wanted)


@get("/traces/{name:str}")
async def trace(state: State, name: FromPath[str]) -> Response[Any]:
    """One trace as a waterfall, with .json as JSON."""
    trace_id, _, form = name.partition(".")
    found = state.traces.spans(trace_id)
    if not found or form not in {"", "json"}:
        raise NotFoundException
    if form == "json":
        return _json({"trace_id": trace_id, "spans": found})
    return _page("trace.html", trace=traces.summary(trace_id, found), rows=traces.waterfall(found), width=traces.WIDTH)


@post("/v1/traces", status_code=200)
async def receive_traces(state: State, request: Request[Any, Any, Any]) -> Response[bytes]:
    """An export of spans (OTLP/HTTP, protobuf)."""
    try:
        state.traces.add(spans.read(await request.body(), request.headers.get("content-encoding", "")))
    except spans.ExportUnreadable as error:
        raise ClientException(detail=str(error)) from error
    return Response(b"", media_type="application/x-protobuf")


@post(["/v1/metrics", "/v1/logs"], status_code=200)
async def receive_and_drop(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Metrics are read from the processes themselves, logs are files."""
    await request.body()
    return Response(b"", media_type="application/x-protobuf")


def _latest(remembered: Traces, wanted: str) -> list[traces.Summary]:
    found = remembered.newest(wanted)
    return [each for each, _ in zip(found, range(LISTED), strict=False)]


def _page(name: str, **values: Any) -> Response[str]:
    return Response(PAGES.get_template(name).render(**values), media_type=HTML)


def _json(value: Any) -> Response[bytes]:
    return Response(msgspec.json.encode(value), media_type=JSON)
