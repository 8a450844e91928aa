"""The redirect rules against URIs that nobody thought of, each judged once more by a parser that is not ours."""

from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chassis.outbound import Policy
from contracts.applications import Application
from services.registry.applications import classify, uris

NOW = datetime(2026, 11, 21, tzinfo=UTC)

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
FORBIDDEN = {"javascript", "data", "file", "blob", "vbscript"}

HOSTS = r"""
localhost 127.0.0.1 [::1] acme.example staging.acme.example app.staging.acme.example staging.com staging-x.acme.example
a.test.acme.example x.localhost intranet 10.0.0.1 2130706433 0x7f.1 localhost.evil.example LOCALHOST *.acme.example
evil.example\@localhost localhost@evil.example 127.0.0.1. test.com. a.staging.acme.example.
test.co.kr a.test.acme.co.kr staging.vercel.app test.shop.vercel.app [::ffff:7f00:1] [fe80::1%25eth0]
"""
LABELS = st.sampled_from(["", *HOSTS.split()])
URIS = st.builds(
    "{}{}{}{}{}{}".format,
    st.sampled_from(["http", "https", "HTTP", "javascript", "data", "com.example.app", "myapp", "ftp", "file", ""]),
    st.sampled_from(["://", ":", ":///", "//", ":/\\"]),
    st.sampled_from(["", "user@", "user:pw@", "%40"]),
    LABELS,
    st.sampled_from(["", ":443", ":0", ":99999", ":", ":8080"]),
    st.one_of(st.just("/cb"), st.text(max_size=12), st.sampled_from(["#f", "/cb#", "/../x", "/a b", "/\t", "?q=#"])),
)


@settings(max_examples=600, deadline=None)
@given(uri=st.one_of(URIS, st.text(max_size=60)), client_type=st.sampled_from(["confidential", "public"]))
@example(uri="http://127.0.0.1\\@evil.example/cb", client_type="confidential")
@example(uri="https://acme.example/cb\u2028", client_type="public")
@example(uri="http://evil.example[::1]/cb", client_type="public")
@example(uri="https://%40[::ffff:7f00:1]/cb", client_type="confidential")
@example(uri="http://localhost:80@evil.example/", client_type="confidential")
def test_what_is_let_pass(uri: str, client_type: str) -> None:
    """Whatever passes is for another parser an absolute URI without fragment, user and forbidden scheme, and plain http
    only to loopback; its class is the one that the other parser's host asks for."""
    try:
        classify.check(uri, client_type)  # type: ignore[arg-type]
    except classify.InvalidRedirectUri:
        return
    assert uri.isascii()
    assert len(uri.encode()) <= 2048
    assert not set(uri) & set("#\\ \t\r\n")
    assert uri.partition(":")[0].lower() not in FORBIDDEN
    if "*" in uri:
        return
    seen = httpx.URL(uri)
    assert not seen.userinfo
    assert not seen.fragment
    if seen.scheme not in {"http", "https"}:
        assert (client_type, "dev_internet") == ("public", classify.classify(uri))
        return
    assert seen.host
    if seen.scheme == "http":
        assert seen.host in LOOPBACK
    assert _class(seen.host) == classify.classify(uri)


@pytest.mark.parametrize(
    ("uri", "kind"),
    [
        ("https://staging.example.com/cb", "dev_internet"),
        ("https://app.staging.example.co.kr/cb", "dev_internet"),
        ("https://test.shop.vercel.app/cb", "dev_internet"),
        ("https://a.localhost:8443/cb", "dev_internet"),
        ("https://staging.com/cb", "production"),
        ("https://test.co.kr/cb", "production"),
        ("https://test.com./cb", "production"),
        ("https://staging.vercel.app/cb", "production"),
        ("https://staging-x.example.com/cb", "production"),
        ("https://test.1.2./cb", "production"),
    ],
)
def test_only_a_domains_owner_says_that_a_host_is_for_tests(uri: str, kind: str) -> None:
    """`staging` and `test` count left of what was registered, whatever the suffix: anybody may buy test.co.kr."""
    classify.check(uri, "confidential")
    assert kind == classify.classify(uri)


def _class(host: str) -> str:
    """Section 5.2 read anew, from the other parser's host."""
    if host in LOOPBACK:
        return "dev_local"
    labels = host.split(".")
    last = labels[-1]
    if last.isdigit() or last.startswith("0x") or ":" in host:
        return "production"
    if last == "localhost" and len(labels) > 1:
        return "dev_internet"
    own = [*labels[:-1]] if labels[-1] == "" else labels
    suffix = 2 if own[-2:] == ["co", "kr"] or own[-2:] == ["vercel", "app"] else 1
    return "dev_internet" if {"staging", "test"} & set(own[: -suffix - 1]) else "production"


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["https://acme.staging.example.com/cb", "http://localhost:4000/cb"]), st.data())
def test_a_match_is_every_byte(uri: str, data: st.DataObject) -> None:
    """A record serves the very URI that was registered, and none that differs from it in any byte."""
    at = data.draw(st.integers(0, len(uri)))
    typed = data.draw(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=2))
    other = uri[:at] + typed + uri[at + data.draw(st.integers(0, 2)) :]
    app = Application(
        id=1,
        client_id="logi_x",
        version=1,
        name="Acme",
        client_type="confidential",
        token_endpoint_auth_method="client_secret_basic",
        redirect_uris=(uris.new(uri, None, Policy()),),
        allowed_scopes=(),
        status="sandbox",
        created_at=NOW,
        updated_at=NOW,
    )
    assert (other == uri) == app.serves(other)
    assert app.serves(uri)


@pytest.mark.parametrize(
    ("uri", "taken"),
    [
        ("com.example.app:/oauth2redirect", True),
        ("com.example.app://oauth2redirect", True),
        ("myapp://cb", True),
        ("myapp:/cb", False),
        ("com.example.app:cb", False),
        ("view-source:https://acme.example/", False),
        ("intent://acme.example/", False),
        ("filesystem:https://acme.example/", False),
        ("ws://acme.example/cb", False),
    ],
)
def test_schemes_of_native_apps(uri: str, taken: bool) -> None:
    """A reverse domain name with one slash or two (RFC 8252 section 7.1), a short one with two; no browser's own."""
    try:
        classify.check(uri, "public")
    except classify.InvalidRedirectUri:
        assert not taken
        return
    assert taken
