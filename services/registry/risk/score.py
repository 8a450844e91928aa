"""How urgently a person should look at a registration: points with their reasons, in words (registry.md 8)."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import disposable_email_domains
import msgspec

from contracts.applications import Application, RedirectUri
from services.registry import hosts
from services.registry.risk import likeness
from services.registry.risk.flags import Code, Evaluation

RISKY: Final = 40
"""From here on a registration deserves a hard look; tuned on the labelled set of the tests."""

FLAGS: Final[dict[Code, int]] = {
    "wildcard_redirect_uri": 40,
    "sensitive_scope": 40,
    "unlisted_scope": 5,
    "high_volume_developer": 20,
    "new_developer_account": 8,
    "suspicious_app_name": 8,
}
DISPOSABLE: Final = 35
"""The list is the package disposable-email-domains (MIT licence), as old as its pinned release."""
LIKE_NAME: Final = 40
LIKE_HOST: Final = 45
PUNYCODE: Final = 12
MIXED: Final = 25
UNPROVEN: Final = 8
FAILED: Final = 15
PROVEN: Final = -15
YOUNG: Final = 7
MANY: Final = 10

_DAY: Final = timedelta(days=1)


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """One reason; `words` are for the reviewer."""

    code: str
    points: int
    words: str


class Score(msgspec.Struct, frozen=True, kw_only=True):
    points: int
    signals: tuple[Signal, ...]


class Approved(msgspec.Struct, frozen=True, kw_only=True):
    """What approved apps of other organisations are called, and where they live."""

    names: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """What is known beside the record; `registered_lately` counts the developer's apps of 30 days."""

    now: datetime
    account_created_at: datetime | None
    email: str | None
    registered_lately: int
    approved: Approved


def score(app: Application, risk: Evaluation, about: Circumstances) -> Score:
    signals = (
        *_flags(risk),
        *_person(about),
        *_hosts(app.redirect_uris),
        *_likeness(app, about.approved),
    )
    return Score(points=max(0, sum(signal.points for signal in signals)), signals=signals)


def _flags(risk: Evaluation) -> Iterator[Signal]:
    for flag in risk.flags:
        kind = "hard" if flag.hard else "soft"
        yield Signal(code=flag.code, points=FLAGS[flag.code], words=f"A {kind} flag at registration: {flag.detail}.")


def _person(about: Circumstances) -> Iterator[Signal]:
    age = about.now - about.account_created_at if about.account_created_at else timedelta()
    if age < _DAY:
        yield Signal(code="account_age", points=YOUNG, words="The account is not a day old.")
    if about.registered_lately >= 10:
        words = f"The developer registered {about.registered_lately} apps within 30 days."
        yield Signal(code="volume", points=MANY, words=words)
    domain = (about.email or "").rpartition("@")[2].lower()
    if domain and any(part in disposable_email_domains.blocklist for part in _parents(domain)):
        words = f"{domain} gives out throwaway addresses."
        yield Signal(code="disposable_mail_domain", points=DISPOSABLE, words=words)


def _parents(domain: str) -> list[str]:
    labels = domain.split(".")
    return [".".join(labels[at:]) for at in range(max(1, len(labels) - 1))]


def _hosts(uris: Sequence[RedirectUri]) -> Iterator[Signal]:
    for entry in uris:
        if entry.uri_class != "production":
            continue
        host, status = _host(entry.uri), entry.verification.status
        if status == "verified":
            yield Signal(code="host_verified", points=PROVEN, words=f"{host} is proven to be the developer's.")
        elif status in {"failed", "blocked", "stale"}:
            yield Signal(code="host_not_verified", points=FAILED, words=f"The proof of {host} is {status}.")
        else:
            yield Signal(code="host_not_verified", points=UNPROVEN, words=f"Nobody has proven that {host} is theirs.")
        if "xn--" in host:
            yield Signal(code="punycode", points=PUNYCODE, words=f"{host} reads {likeness.decoded(host)}.")
            if _mixed(host):
                words = f"{likeness.decoded(host)} mixes letters that look like Latin ones with others."
                yield Signal(code="mixed_scripts", points=MIXED, words=words)


def _mixed(host: str) -> bool:
    """A label all of whose letters look Latin, though some are not."""
    labels = likeness.decoded(host).split(".")
    return any(not label.isascii() and likeness.skeleton(label).isascii() for label in labels)


def _likeness(app: Application, approved: Approved) -> Iterator[Signal]:
    name = likeness.alike(app.name, approved.names)
    if name is not None:
        words = f"{app.name!r} reads like {name!r}, an approved app of somebody else."
        yield Signal(code="look_alike_name", points=LIKE_NAME, words=words)
    named = {_host(entry.uri) for entry in app.redirect_uris if entry.uri_class == "production"}
    for host in sorted(named):
        like = _like_host(host, approved.hosts)
        if like is not None:
            words = f"{likeness.decoded(host)} is like {like}, where an approved app of somebody else lives."
            yield Signal(code="look_alike_host", points=LIKE_HOST, words=words)


def _like_host(host: str, others: Sequence[str]) -> str | None:
    """Compared without the public suffix, by the label that people read, and by any label that borrows it."""
    owned = hosts.registrable(host) or host
    own = f"{host.removesuffix(owned)}{owned.split('.')[0]}"
    mine = [label for label in likeness.decoded(own).split(".") if label not in {"www", "app", "id", "login"}]
    for other in others:
        brand = _brand(other)
        if len(brand) < 4:
            continue
        for label in mine:
            if likeness.alike(label, [brand]) or any(part == brand for part in label.split("-")[:-1] or [label]):
                return other
    return None


def _brand(host: str) -> str:
    """The label by which people know a domain: `acme` of app.acme.co.kr."""
    return (hosts.registrable(host) or host).split(".")[0]


def _host(uri: str) -> str:
    return (urlsplit(uri).hostname or "").lower().rstrip(".")
