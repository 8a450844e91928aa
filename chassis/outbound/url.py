"""Reads a URL into the parts we dial, by one strict reading; nothing else ever parses it again."""

from urllib.parse import SplitResult, quote, urljoin, urlsplit

import idna
import msgspec

from chassis.outbound import judge
from chassis.outbound.failures import BlockedHost, UrlRefused
from chassis.outbound.policy import Policy

MAX_LENGTH = 2048
"""Characters of a URL (delivery.md section 6)."""

DEFAULT_PORTS = {"https": 443, "http": 80}
LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})

_PATH_SAFE = "/:@!$&'()*+,;=~-._%"


class Target(msgspec.Struct, frozen=True):
    """A destination whose URL has passed every rule that needs no network."""

    scheme: str
    host: str
    """Lower-case A-labels without a trailing dot; `::1` without brackets."""
    port: int
    path: str
    """Path and query as they go into the request line."""

    @property
    def authority(self) -> str:
        """What stands in `Host`: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def loopback(self) -> bool:
        """Only plain http reaches loopback by name, and only where the policy let it pass."""
        return self.scheme == "http"


def parse(url: str, policy: Policy) -> Target:
    """Checks `url` by every rule that needs no network. Raises UrlRefused and BlockedHost."""
    split = _split(url)
    if "@" in split.netloc:
        raise UrlRefused("userinfo_present")
    if "#" in url:
        raise UrlRefused("fragment_present")
    host = canonical(split.hostname or "")
    plain = split.scheme == "http" and policy.http_loopback and host in LOOPBACK_HOSTS
    if split.scheme != "https" and not plain:
        raise UrlRefused("scheme_not_https")
    try:
        port = split.port if split.port is not None else DEFAULT_PORTS[split.scheme]
    except ValueError:
        raise UrlRefused("port_not_allowed") from None
    if port == 0 or not (plain or policy.allowed_ports is None or port in policy.allowed_ports):
        raise UrlRefused("port_not_allowed")
    if not plain and (why := judge.host(host, policy.own_domains)) is not None:
        raise BlockedHost(why)
    path = quote(split.path or "/", safe=_PATH_SAFE)
    query = "?" + quote(split.query, safe=_PATH_SAFE + "?") if split.query else ""
    return Target(split.scheme, host, port, path + query)


def join(base: Target, location: str, policy: Policy) -> Target:
    """Where a redirect from `base` leads, by the same rules; its fragment is for browsers. Raises as `parse`."""
    return parse(urljoin(base.url, location.partition("#")[0]), policy)


def canonical(host: str) -> str:
    """`host` in lower-case A-labels without its trailing dot (RFC 5891). Raises UrlRefused."""
    if not host:
        raise UrlRefused("host_missing")
    if ":" in host:
        try:
            return str(judge.read(host))
        except ValueError:
            raise UrlRefused("host_invalid") from None
    try:
        name = idna.encode(host, uts46=True, std3_rules=True).decode().lower().removesuffix(".")
    except (idna.IDNAError, UnicodeError):
        raise UrlRefused("host_invalid") from None
    if not name:
        raise UrlRefused("host_invalid")
    return name


def _split(url: str) -> SplitResult:
    if len(url) > MAX_LENGTH:
        raise UrlRefused("url_too_long")
    # Parsers disagree on what to strip or turn, so none of these passes at all.
    if any(character <= " " or "\x7f" <= character <= "\xa0" or character == "\\" for character in url):
        raise UrlRefused("control_characters")
    try:
        return urlsplit(url)
    except ValueError:
        raise UrlRefused("url_malformed") from None
