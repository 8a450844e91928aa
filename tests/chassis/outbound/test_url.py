"""One strict reading of URLs."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.outbound import BlockedHost, OutboundFailed, Policy, UrlRefused, url

PRODUCTION = Policy()
DEVELOPMENT = Policy(http_loopback=True)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("http://rp.example/", "scheme_not_https"),
        ("ftp://rp.example/", "scheme_not_https"),
        ("//rp.example/", "scheme_not_https"),
        ("http://localhost/", "scheme_not_https"),
        ("https://user@rp.example/", "userinfo_present"),
        ("https://@rp.example/", "userinfo_present"),
        ("https://rp.example/#", "fragment_present"),
        ("https://rp.example:8443/", "port_not_allowed"),
        ("https://rp.example:0/", "port_not_allowed"),
        ("https://rp.example:99999/", "port_not_allowed"),
        ("https://rp.example:4x3/", "port_not_allowed"),
        ("https:///path", "host_missing"),
        ("https://*.rp.example/", "host_invalid"),
        ("https://rp..example/", "host_invalid"),
        ("https://rp.example../", "host_invalid"),
        ("https://a_b.example/", "host_invalid"),
        ("https://rp%2eexample/", "host_invalid"),
        ("https://xn--a/.example", "host_invalid"),
        ("https://[::1/", "url_malformed"),
        ("https://rp.example\\@evil.example/", "control_characters"),
        ("https://rp.exam\tple/", "control_characters"),
        (" https://rp.example/", "control_characters"),
        ("https://rp.example/a b", "control_characters"),
        ("https://rp.example/\r\nHost: evil", "control_characters"),
        ("https://rp.example/" + "a" * 2030, "url_too_long"),
    ],
)
def test_names_the_broken_rule(text: str, reason: str) -> None:
    """Each rule has its own stable reason code."""
    with pytest.raises(UrlRefused) as refused:
        url.parse(text, PRODUCTION)
    assert reason == refused.value.reason


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "[::1]", "[::ffff:127.0.0.1]",
        "[fe80::1]", "127.0.0.1.", "\uff11\uff12\uff17.0.0.1", "\u2460\u2461\u2466.\u24ea.\u24ea.\u2460",
        "localhost", "LOCALHOST.",
        "a.localhost", "x.internal", "single", "1.1.1.1",
    ],
)  # fmt: skip
def test_blocks_hosts_in_every_disguise(host: str) -> None:
    """Literals and internal names are refused in any notation, also through Unicode look-alikes and trailing dots."""
    with pytest.raises(BlockedHost):
        url.parse(f"https://{host}/", DEVELOPMENT)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("https://RP.Example", "https://rp.example/"),
        ("HTTPS://rp.example:443/x?y=1", "https://rp.example/x?y=1"),
        ("https://rp.example./", "https://rp.example/"),
        ("https://bücher.example/é?ü", "https://xn--bcher-kva.example/%C3%A9?%C3%BC"),
        ("https://rp.example/a%2Fb/../c", "https://rp.example/a%2Fb/../c"),
        ("https://rp.example?x", "https://rp.example/?x"),
    ],
)
def test_canonical_form(text: str, canonical: str) -> None:
    """Hosts become lower-case A-labels; paths stay as they are but for what no request line can carry."""
    assert canonical == url.parse(text, PRODUCTION).url


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_development_allows_plain_loopback(host: str) -> None:
    """A developer's receiver is reached at http on any port, and only by these three names."""
    target = url.parse(f"http://{host}:3000/hook", DEVELOPMENT)
    assert (f"{host}:3000", 3000) == (target.authority, target.port)
    with pytest.raises(UrlRefused):
        url.parse("http://127.0.0.2:3000/", DEVELOPMENT)


@given(st.text(alphabet=string.printable + "\uff41\u3002\u2460\u00ad\u200b@[]:", max_size=60))
def test_any_text_is_refused_by_a_fact_or_canonical(text: str) -> None:
    """No input makes the parser fail in an unforeseen way, and what passes parses to itself."""
    try:
        target = url.parse("https://" + text, PRODUCTION)
    except OutboundFailed:
        return
    assert target == url.parse(target.url, PRODUCTION)
