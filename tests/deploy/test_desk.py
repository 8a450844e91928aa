"""The desk keeps mails and traces, gives them out as JSON, and shows hostile strings harmlessly."""

import asyncio
import gzip
import smtplib
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from litestar.testing import AsyncTestClient
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from deploy.local.desk.app import desk
from deploy.local.desk.mailbox import Mailbox, Sink
from deploy.local.desk.traces import TRACES, Traces
from deploy.local.process import LOOPBACK, free_port

HOSTILE = "<script>alert('x')</script>\"onload=\"y"


@pytest.fixture
def mailbox(tmp_path: Path) -> Mailbox:
    return Mailbox(tmp_path / "mail")


@pytest.fixture
async def client(mailbox: Mailbox) -> AsyncIterator[AsyncTestClient]:
    async with AsyncTestClient(desk(mailbox, Traces(), 8003), base_url="http://127.0.0.1:8003") as client:
        yield client


def an_export(trace: int, spans: list[tuple[int, int, str]], service: str = "auth", **attributes: str) -> bytes:
    """An OTLP body; a span is (its number, its parent's or 0, its name)."""
    export = ExportTraceServiceRequest()
    resource = export.resource_spans.add()
    resource.resource.attributes.add(key="service.name").value.string_value = service
    scope = resource.scope_spans.add()
    for number, parent, name in spans:
        span = scope.spans.add(name=name, trace_id=trace.to_bytes(16), span_id=number.to_bytes(8), kind=2)
        span.parent_span_id = parent.to_bytes(8) if parent else b""
        span.start_time_unix_nano, span.end_time_unix_nano = number * 1_000_000, 9_000_000
        for key, value in attributes.items():
            span.attributes.add(key=key).value.string_value = value
    return export.SerializeToString()


async def send(client: AsyncTestClient, body: bytes, **headers: str) -> int:
    return (await client.post("/v1/traces", content=body, headers=headers)).status_code


async def test_a_mail_becomes_a_file_and_a_page(mailbox: Mailbox, client: AsyncTestClient, tmp_path: Path) -> None:
    """What is sent by SMTP can be read as .eml, as JSON and in the browser, with its links."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "logi@logi.example", "시아@acme.example", "Verify: 확인"
    message.set_content("Open http://localhost:8000/auth/verify?token=a&b=1 please")
    message.add_alternative("<p>Open</p>", subtype="html")
    port = free_port()
    server = await asyncio.get_running_loop().create_server(Sink(mailbox).protocol, LOOPBACK, port)

    def deliver() -> None:
        with smtplib.SMTP(LOOPBACK, port) as smtp:
            smtp.send_message(message, to_addrs=["hidden@acme.example"])

    await asyncio.to_thread(deliver)
    server.close()
    await server.wait_closed()
    [mail] = (await client.get("/mail.json")).json()
    assert ("Verify: 확인", ["hidden@acme.example"]) == (mail["subject"], mail["to"])
    assert "token=a&b=1" in mail["text"]
    assert [f"{mail['name']}.eml"] == [path.name for path in (tmp_path / "mail").iterdir()]
    page = (await client.get(f"/mail/{mail['name']}")).text
    assert '<a href="http://localhost:8000/auth/verify?token=a&amp;b=1" rel="noreferrer">' in page
    assert b"Delivered-To: hidden@acme.example" in (await client.get(f"/mail/{mail['name']}.eml")).content


async def test_a_hostile_mail_is_only_text(mailbox: Mailbox, client: AsyncTestClient) -> None:
    """Nothing that a mail says becomes markup, and no script would run if it did."""
    raw = f"Subject: {HOSTILE}\r\nFrom: {HOSTILE}\r\n\r\n{HOSTILE} javascript:alert(1)".encode()
    name = mailbox.keep(raw, [HOSTILE])
    for path in ("/", "/mail", f"/mail/{name}"):
        answer = await client.get(path)
        assert 200 == answer.status_code
        assert "<script" not in answer.text
        assert 'href="javascript' not in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b'Subject: =?x?q?=\r\nFrom: "\r\nContent-Type: ;;\r\n\r\n\xff'])
async def test_a_broken_mail_does_not_break_the_list(mailbox: Mailbox, client: AsyncTestClient, raw: bytes) -> None:
    """Whatever was received, the pages go on."""
    name = mailbox.keep(raw, ["a@b.example"])
    assert 200 == (await client.get("/mail")).status_code
    assert 200 == (await client.get(f"/mail/{name}")).status_code


@pytest.mark.parametrize("name", ["..%2f", "nothing", "%2e%2e%2fsecrets.json", "20260101T000000000000Z-00000000.eml"])
async def test_no_other_file_is_given_out(client: AsyncTestClient, name: str) -> None:
    """Only names that the mailbox made are looked for."""
    assert 404 == (await client.get(f"/mail/{name}")).status_code


async def test_a_trace_crosses_services(client: AsyncTestClient) -> None:
    """Spans of several processes with one trace id are one trace, each with its parent and attributes."""
    assert 200 == await send(client, an_export(7, [(1, 0, "POST /oauth/token")], "gateway"))
    assert 200 == await send(client, an_export(7, [(2, 1, "token.issued")], "auth", client_id="logi_1"))
    trace = (await client.get(f"/traces/{7:032x}.json")).json()
    first, second = trace["spans"]
    assert ("gateway", "server", None) == (first["service"], first["kind"], first["parent_id"])
    assert (first["span_id"], {"client_id": "logi_1"}) == (second["parent_id"], second["attributes"])
    assert (2_000_000, 9_000_000, "unset") == (second["start_ns"], second["end_ns"], second["status"])
    page = (await client.get(f"/traces/{7:032x}")).text
    assert page.index("POST /oauth/token") < page.index("token.issued")
    assert 2 == page.count("<rect ")
    [summary] = (await client.get("/traces.json", params={"wanted": "token.issued"})).json()
    assert ("gateway · POST /oauth/token", ["gateway", "auth"]) == (summary["name"], summary["services"])
    assert [] == (await client.get("/traces.json", params={"wanted": "elsewhere"})).json()


async def test_a_hostile_span_is_only_text(client: AsyncTestClient) -> None:
    """Names and attributes come from requests of strangers."""
    await send(client, an_export(8, [(1, 0, HOSTILE)], HOSTILE, **{HOSTILE: HOSTILE}))
    for path in ("/", "/traces", f"/traces/{8:032x}", "/traces?wanted=%22%3E%3Cscript%3E"):
        assert "<script" not in (await client.get(path)).text


async def test_spans_in_a_circle_are_shown_once(client: AsyncTestClient) -> None:
    """A made-up ancestry neither hangs the page nor hides a span."""
    await send(client, an_export(9, [(1, 2, "one"), (2, 1, "two"), (3, 3, "own parent"), (4, 77, "orphan")]))
    assert 4 == (await client.get(f"/traces/{9:032x}")).text.count("<rect ")


async def test_only_recent_traces_are_kept(client: AsyncTestClient) -> None:
    """The oldest make room; the memory does not grow."""
    for number in range(1, TRACES + 3):
        await send(client, an_export(number, [(1, 0, "x")]))
    assert 404 == (await client.get(f"/traces/{2:032x}")).status_code
    assert 200 == (await client.get(f"/traces/{3:032x}")).status_code


async def test_exports_may_be_packed_and_bad_ones_are_refused(client: AsyncTestClient) -> None:
    """gzip is read; what is no export gets 400; metrics and logs are taken and dropped."""
    packed = gzip.compress(an_export(5, [(1, 0, "x")]))
    assert 200 == await send(client, packed, **{"content-encoding": "gzip"})
    assert 400 == await send(client, b"not gzip", **{"content-encoding": "gzip"})
    assert 400 == await send(client, b"\xff\xff\xff")
    assert 200 == (await client.post("/v1/metrics", content=b"x")).status_code
    assert 200 == (await client.post("/v1/logs", content=b"x")).status_code


async def test_another_name_for_this_machine_is_refused(client: AsyncTestClient) -> None:
    """A foreign page that rebinds its own name to loopback reads no mail."""
    assert 400 == (await client.get("/mail.json", headers={"host": "evil.example"})).status_code
