"""One rule says which redirect URIs have a host that can be asked; registry and verifier both go by it."""

import pytest

from chassis.outbound import BlockedHost, NothingToProve, Policy, proof
from services.registry.applications.classify import first_verification

POLICY = Policy(own_domains=("logi.example",))


@pytest.mark.parametrize(
    ("uri", "host"),
    [
        ("https://app.acme.example/cb", "app.acme.example"),
        ("https://APP.acme.example.:8443/cb?a=1", "app.acme.example"),
        ("https://bücher.example/cb", "xn--bcher-kva.example"),
        ("https://notlogi.example/cb", "notlogi.example"),
    ],
)
def test_hosts_that_can_be_asked(uri: str, host: str) -> None:
    """The host is told in lower-case A-labels, without port and trailing dot; its verification is to be made."""
    assert host == proof.host(uri, POLICY)
    assert "unverified" == first_verification(uri, POLICY).status


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost:4000/cb",
        "https://localhost/cb",
        "https://127.0.0.1/cb",
        "https://[::1]/cb",
        "com.acme.app://cb",
    ],
)
def test_nothing_to_prove(uri: str) -> None:
    """Loopback and custom schemes have no host on the internet."""
    with pytest.raises(NothingToProve):
        proof.host(uri, POLICY)
    assert "not_applicable" == first_verification(uri, POLICY).status


@pytest.mark.parametrize(
    "host",
    [
        "10.0.0.1",
        "2130706433",
        "0x7f.1",
        "[::ffff:127.0.0.1]",
        "[not",
        "a.localhost",
        "printer.local",
        "metadata.google.internal",
        "router.home.arpa",
        "intranet",
        "*.acme.example",
        "user@acme.example",
        "xn--a.example",
        "a..example",
        "logi.example",
        "auth.logi.example",
        "LOGI.example.",
    ],
)
def test_hosts_that_are_nobodys_to_call(host: str) -> None:
    """Names that lead inside, to us, or nowhere are blocked for both services alike."""
    with pytest.raises(BlockedHost):
        proof.host(f"https://{host}/cb", POLICY)
    assert "blocked" == first_verification(f"https://{host}/cb", POLICY).status
