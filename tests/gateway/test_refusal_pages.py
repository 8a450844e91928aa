"""What a person sees of the gateway's own refusals."""

import pytest

from chassis.web.pages import Pages
from gateway import refusal_page, refusals
from gateway.refusals import Asked

ISSUER = "http://localhost:8000"
PAGE = Asked("page")


def test_the_page_has_the_shared_look() -> None:
    """It links the very stylesheet that auth serves, under a policy that lets nothing else in."""
    assert Pages(ISSUER).address("look.css") == refusal_page.LOOK
    headers, body = refusals.render(refusals.RouteUnknown(), PAGE, ISSUER, "req_1")
    assert b"default-src 'none'; style-src 'self'" in dict(headers)[b"content-security-policy"]
    assert refusal_page.LOOK.encode() in body


def test_reflected_xss_in_the_gateways_pages() -> None:
    """What a caller said comes back as text."""
    _, body = refusals.render(refusals.RouteUnknown("<script>"), PAGE, ISSUER, "<b>")
    assert (False, False) == (b"<script>" in body, b"<b>" in body)


@pytest.mark.parametrize(
    ("shown", "language"),
    [
        ({"accept-language": "ko-KR,ko;q=0.9,en;q=0.8"}, "ko"),
        ({"accept-language": "de"}, "en"),
        ({"accept-language": "en", "cookie": "a=b; logi_language=ko"}, "ko"),
        ({"accept-language": "ko", "cookie": "logi_language=xx"}, "ko"),
        ({}, "en"),
    ],
)
def test_the_page_speaks_the_visitors_language(shown: dict[str, str], language: str) -> None:
    """By the browser's wish, unless the visitor has chosen."""
    headers = [(name.encode(), value.encode()) for name, value in shown.items()]
    assert language == refusal_page.language_of(headers)


def test_each_refusal_has_words_in_both_languages() -> None:
    """Title and cause; Korean ones are not English."""
    ours = [kind for kind in vars(refusals).values() if isinstance(kind, type) and kind.__module__ == refusals.__name__]
    for kind in (kind for kind in ours if issubclass(kind, refusals.Problem)):
        for language in ("en", "ko"):
            assert refusal_page.WORDS.has(language, f"problem.{kind.status}"), kind
        _, body = refusals.render(kind(), Asked("page", "ko"), ISSUER, "req_1")
        assert '<html lang="ko">' in body.decode()


def test_the_dialect_of_oidc() -> None:
    """An address below /oidc that does not exist is an invalid request in that dialect's envelope."""
    asked = Asked("second", path=b"/oidc/nothing")
    _, body = refusals.render(refusals.RouteUnknown(), asked, ISSUER, "req_1")
    assert b'"code":"oidc.invalid_request"' in body
    _, text = refusals.render(refusals.RouteUnknown(), Asked("second", path=b"/api/nothing"), ISSUER, "req_1")
    assert b"Not Found" == text
