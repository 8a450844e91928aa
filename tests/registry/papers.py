"""What an applicant for promotion hands in."""

import io
from typing import Any

import httpx
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from contracts.principal import Pak
from tests.gateless import as_caller
from tests.registry.builders import an_app

APPS = "/api/v1/applications"
CALLBACK = "https://notes.acme.example/cb"


def a_pdf(password: str | None = None, script: bool = False) -> bytes:
    """A document of one empty page."""
    writer = PdfWriter()
    writer.add_blank_page(width=200, height=200)
    if script:
        action = {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("app.alert(1)")}
        writer.root_object[NameObject("/OpenAction")] = DictionaryObject(action)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def a_form(**changes: Any) -> dict[str, Any]:
    """The members of the form besides the file; None leaves one out."""
    given: dict[str, Any] = {
        "service_description": "Notes for teams, with sign-in for everybody.",
        "technical_contact_email": "tech@acme.example",
        "agree_tos": "true",
        "agree_dpa": "true",
        "risk_acknowledged": "true",
        "acknowledged_flags[]": ["new_developer_account"],
        **changes,
    }
    return {name: value for name, value in given.items() if value is not None}


async def a_production_app(http: httpx.AsyncClient, person: Pak, **changes: Any) -> dict[str, Any]:
    body = an_app(**{"redirect_uris": ["http://localhost:4000/cb", CALLBACK], **changes})
    made = await http.post(APPS, json=body, headers=as_caller(person))
    assert 201 == made.status_code, made.text
    found: dict[str, Any] = made.json()
    return found


async def hand_in(
    http: httpx.AsyncClient, person: Pak, app_id: int, pdf: bytes | None = None, method: str = "POST", **changes: Any
) -> httpx.Response:
    files = {"business_registration": ("certificate.pdf", a_pdf() if pdf is None else pdf, "application/pdf")}
    url = f"{APPS}/{app_id}/promotion_request"
    return await http.request(method, url, data=a_form(**changes), files=files, headers=as_caller(person))
