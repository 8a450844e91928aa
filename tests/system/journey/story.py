"""What is told of a journey: its steps, and in each what was sent and what came back."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

Say = Callable[[str], None]

SECRET_MEMBERS = {
    "password",
    "client_secret",
    "access_token",
    "refresh_token",
    "id_token",
    "code",
    "code_verifier",
    "secret",
    "webhook_secret",
    "token",
    "key",
}
NOISE = {"csrf_token", "error_uri"}
SHOWN_CHARACTERS = 64
SHOWN_MEMBERS = 9


@dataclass
class Story:
    """Tells each step to `say`; the system test listens to nothing of it, the demo prints it."""

    say: Say
    number: int = 0
    traces: dict[str, str] = field(default_factory=dict)

    def step(self, title: str, why: str) -> None:
        self.number += 1
        self.say(f"\n{self.number:>2}. {title}\n    {why}")

    def tell(self, line: str) -> None:
        self.say(f"    {line}")

    async def heard(self, answer: httpx.Response) -> None:
        """An httpx hook: one line for the request, one for what was in it, one for the answer."""
        await answer.aread()
        request = answer.request
        self.tell(f"→ {request.method} {_path(request)}{_sent(request)}")
        self.tell(f"← {answer.status_code}{_came(answer)}")


def _path(request: httpx.Request) -> str:
    parts = urlsplit(str(request.url))
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return parts.path + (f"  {_members(query)}" if query else "")


def _sent(request: httpx.Request) -> str:
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        return "  " + _members(json.loads(request.content or b"{}"))
    if kind.startswith("application/x-www-form-urlencoded"):
        return "  " + _members({name: values[0] for name, values in parse_qs(request.content.decode()).items()})
    return ""


def _came(answer: httpx.Response) -> str:
    if "location" in answer.headers:
        return f"  to {_shortened(answer.headers['location'])}"
    if answer.headers.get("content-type", "").startswith("application/json") and answer.content:
        return "  " + _members(answer.json())
    if "text/html" in answer.headers.get("content-type", ""):
        start, end = answer.text.find("<title>"), answer.text.find("</title>")
        return f"  a page: {answer.text[start + 7 : end].strip()}" if start >= 0 else "  a page"
    return ""


def _members(document: Any) -> str:
    if isinstance(document, list):
        return f"[{len(document)} entries]"
    if set(document) == {"application"}:
        document = document["application"]
    kept = [(name, value) for name, value in document.items() if name not in NOISE and value not in (None, "", [])]
    told = [f"{name}={_value(name, value)}" for name, value in kept[:SHOWN_MEMBERS]]
    return " ".join(told) + (" …" if len(kept) > SHOWN_MEMBERS else "")


def _value(name: str, value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    if name in SECRET_MEMBERS and isinstance(value, str):
        return text[:12] + "…"
    return _shortened(text)


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"
