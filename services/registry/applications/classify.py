"""Which redirect URIs may be registered, and what kind of host each names (registry.md 5.1 and 5.2)."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from chassis.outbound import BlockedHost, NothingToProve, Policy, proof
from chassis.problems import Problem
from contracts.applications import ClientType, UriClass, Verification
from services.registry import hosts

MAX_URIS = 20
MAX_URI_BYTES = 2048

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_FORBIDDEN_SCHEMES = frozenset(
    {"javascript", "data", "file", "blob", "vbscript", "about", "view-source", "filesystem", "jar", "intent", "content"}
    | {"chrome", "resource", "ws", "wss", "ftp"}
)
"""What runs or shows something in the browser instead of reaching an app of the developer's."""

_CUSTOM_SCHEME = re.compile(r"[a-z][a-z0-9]*([.+-][a-z0-9]+)*", re.IGNORECASE)
_STAGE_LABELS = frozenset({"staging", "test"})
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f-\x9f\\]")
_BRACKETED = re.compile(r"\[[0-9a-f:.]+\](:[0-9]+)?", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9._~*-]+", re.IGNORECASE)


class InvalidRedirectUri(Problem):
    status, code = 422, "invalid_redirect_uri"


def check(uri: str, client_type: ClientType) -> None:
    """Raises InvalidRedirectUri, telling the precise fault; the URI itself is kept as typed, byte for byte."""
    fault = _fault(uri, client_type)
    if fault:
        raise InvalidRedirectUri(f"{uri[:200]!r} {fault}", fields={"redirect_uris": [fault]})


def classify(uri: str) -> UriClass:
    """The class of a URI that `check` has let pass."""
    parts = urlsplit(uri)
    host = _host(parts)
    if parts.scheme.lower() not in {"http", "https"}:
        return "dev_internet"
    if host in _LOOPBACK:
        return "dev_local"
    if _is_address(host.rstrip(".")):
        return "production"
    if host.endswith(".localhost"):
        return "dev_internet"
    owned = hosts.registrable(host)
    # Only what stands left of the domain that was registered is its owner's word: staging.com and test.co.kr are hosts
    # like any other.
    left = host.rstrip(".").removesuffix(owned).split(".") if owned else []
    return "dev_internet" if _STAGE_LABELS & set(left) else "production"


def first_verification(uri: str, policy: Policy) -> Verification:
    """Where the verification of a newly registered URI begins (verifier.md A6), by the rule that verifier goes by."""
    try:
        proof.host(uri, policy)
    except NothingToProve:
        return Verification(status="not_applicable")
    except BlockedHost:
        return Verification(status="blocked")
    return Verification(status="unverified")


def _fault(uri: str, client_type: ClientType) -> str | None:  # noqa: PLR0911 - one return for each rule, in order
    if len(uri.encode()) > MAX_URI_BYTES:
        return f"is longer than {MAX_URI_BYTES} bytes"
    if _UNPRINTABLE.search(uri) or not uri.isascii():
        return "has characters that no URI may have"
    if "#" in uri:
        return "has a fragment"
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return "is not a URI"
    scheme = parts.scheme.lower()
    if not scheme or scheme in _FORBIDDEN_SCHEMES:
        return "has no scheme that is allowed"
    if fault := _authority_fault(parts.netloc):
        return fault
    if scheme in {"http", "https"}:
        return _web_fault(parts, port, client_type)
    if client_type != "public":
        return "has a custom scheme, which only public clients may use"
    # RFC 8252 section 7.1 writes a reverse domain name with one slash, others write two.
    slashed = "://" in uri or ("." in scheme and parts.path.startswith("/"))
    if not slashed or not _CUSTOM_SCHEME.fullmatch(scheme):
        return "is no absolute URI of a custom scheme"
    return None


def _authority_fault(authority: str) -> str | None:
    if "@" in authority:
        return "has user information"
    if "[" in authority and not _BRACKETED.fullmatch(authority):
        # urlsplit takes what stands in brackets for the host, whatever stands around them.
        return "names no host"
    return None


def _web_fault(parts: SplitResult, port: int | None, client_type: ClientType) -> str | None:
    host = _host(parts)
    if not host or port == 0 or parts.netloc.endswith(":"):
        return "names no host"
    if host == "::1":
        return (
            None
            if client_type == "public" or parts.scheme == "https"
            else "uses [::1], which only public clients may use"
        )
    if ":" not in host and not _HOST.fullmatch(host):
        return "names no host"
    if parts.scheme.lower() == "http" and host not in _LOOPBACK:
        return "is plain http to a host that is not loopback"
    return None


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "").lower()


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        # 0x7f.1 and 2130706433 are addresses to some resolvers; a real top-level domain is never numeric.
        return bool(re.fullmatch(r"(0x[0-9a-f]*|\d+)", host.rsplit(".", 1)[-1]))
    return True
