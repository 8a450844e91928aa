"""What a person sees of the gateway's own refusals."""

from chassis.web.pages import Pages
from gateway import refusals


def test_the_page_has_the_shared_look() -> None:
    """It links the very stylesheet that auth serves, under a policy that lets nothing else in."""
    assert Pages("http://localhost:8000").address("look.css") == refusals.LOOK
    headers, body = refusals.render(refusals.RouteUnknown(), "page", "http://localhost:8000", "req_1")
    assert b"default-src 'none'; style-src 'self'" in dict(headers)[b"content-security-policy"]
    assert refusals.LOOK.encode() in body


def test_reflected_xss_in_the_gateways_pages() -> None:
    """What a caller said comes back as text."""
    _, body = refusals.render(refusals.RouteUnknown("<script>"), "page", "http://localhost:8000", "<b>")
    assert (False, False) == (b"<script>" in body, b"<b>" in body)
