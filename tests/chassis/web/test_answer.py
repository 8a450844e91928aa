"""What routes answer is the same whichever way it is written."""

from typing import Any

import msgspec
import pytest
from litestar import Response
from litestar.datastructures import Cookie

from chassis.web import Answer


class Word(msgspec.Struct, frozen=True):
    said: str


async def _sent(response: Response[Any], **given: Any) -> tuple[int, dict[bytes, bytes], bytes]:
    messages: list[Any] = []

    async def send(message: Any) -> None:
        messages.append(message)

    await response.to_asgi_response(None, None, **given)({"type": "http"}, None, send)  # type: ignore[arg-type]
    start, body = messages
    return start["status"], dict(start["headers"]), body["body"]


@pytest.mark.parametrize(
    ("content", "made", "given"),
    [
        (Word("hello"), {}, {}),
        (Word("hello"), {"status_code": 201, "headers": {"ETag": '"1"'}}, {"status_code": 200}),
        (Word("hello"), {}, {"status_code": 202, "headers": {"Cache-Control": "no-store"}}),
        (Word("hello"), {"cookies": [Cookie("a", "b")]}, {}),
        (Word("hello"), {}, {"media_type": "application/problem+json"}),
        (b'{"said":"hello"}', {"media_type": "application/json"}, {}),
        (b"plain", {"media_type": "text/plain"}, {}),
        (None, {"status_code": 204}, {}),
        ([Word("hello")], {}, {}),
    ],
)
async def test_an_answer_is_what_litestars_own_response_would_be(
    content: Any, made: dict[str, Any], given: dict[str, Any]
) -> None:
    """Status, headers and body are those of litestar.Response, for what is written at once and for what is not."""
    assert await _sent(Response(content, **made), **given) == await _sent(Answer(content, **made), **given)
