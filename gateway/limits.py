"""Which limits a request counts under: the rate classes of routes and the policies behind them (registry.md 12).

The default table is gateway/limits.json; an operator's file replaces classes by name. Redis away: policies that are
`closed` go on with this gateway's share, the others stop counting (registry.md section 12).
"""

import hashlib
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote_plus

import msgspec

from chassis import limits
from chassis.limits import Decision, Limiter, Policy
from chassis.settings import duration
from contracts.principal import AccessToken, Client, Principal
from gateway import metering
from gateway.arrival import counted
from gateway.credentials import basic_user
from gateway.headers import Shown
from gateway.refusals import RateLimited

DEFAULTS = Path(__file__).with_name("limits.json")

Part = Literal["ip", "client", "caller", "person", "management", "credential", "device_code"]


Needs = Literal["nothing", "principal", "body"]


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One limit of a class; it counts for the key that its parts make, and not at all where one of them is missing."""

    name: str
    quota: int
    window: str
    """`10s`, `3m`, `1h`."""
    key: tuple[Part, ...]
    unless: Part | None = None
    """Does not count where this part is there."""
    counts: Literal["requests", "failures", "successes"] = "requests"
    burst: int = 0
    closed: bool = False


class Request(msgspec.Struct, frozen=True, dict=True):
    """What keys are made of; what several limits ask for is read from the body once."""

    ip: str
    shown: Shown
    principal: Principal
    body: bytes

    @cached_property
    def client_id(self) -> str | None:
        """Whom an HTTP Basic header or the body names."""
        return basic_user(self.shown) or _field(self, "client_id")

    @cached_property
    def device_code(self) -> str | None:
        return _field(self, "device_code")


class _Limit(msgspec.Struct, frozen=True):
    policy: Policy
    parts: tuple[Callable[["Limits", Request], str | None], ...]
    unless: Callable[["Limits", Request], str | None] | None
    counts: str


class LimitsInvalid(Exception):
    """The table of limits cannot be used; the message says why."""


class Taken(msgspec.Struct, frozen=True):
    """A request that may go on: what the answer tells of its limits, and what is to be counted by how it ends."""

    headers: list[tuple[bytes, bytes]]
    afterwards: tuple[tuple[Policy, tuple[str, ...], str], ...] = ()


UNLIMITED = Taken([])


class Limits:
    """All classes, and the limiter that counts."""

    def __init__(self, limiter: Limiter, rules: dict[str, list[Rule]], management_audience: str) -> None:
        """Raises LimitsInvalid."""
        self._limiter, self._audience = limiter, management_audience
        try:
            self._classes = {name: tuple(map(_limit, listed)) for name, listed in rules.items()}
            self._needs = {name: _needs(listed) for name, listed in rules.items()}
        except ValueError as error:
            raise LimitsInvalid(str(error)) from error

    def check(self, used: set[str]) -> None:
        """Raises LimitsInvalid where a route names a class that has no entry: it would be unlimited by mistake."""
        missing = used - self._classes.keys()
        if missing:
            raise LimitsInvalid(f"no limits are given for {', '.join(sorted(missing))}")

    async def take(self, rate: str, request: Request) -> Taken:
        """Counts a request under all limits of its class, in one call. Raises RateLimited."""
        classes = self._classes[rate]
        if not classes:
            return UNLIMITED
        wanted: list[tuple[Policy, tuple[str, ...]]] = []
        afterwards = []
        for limit in classes:
            key = self._key(limit, request)
            if key is not None:
                wanted.append((limit.policy, key))
                if limit.policy.afterwards:
                    afterwards.append((limit.policy, key, limit.counts))
        decision = await self._limiter.take(wanted)
        if not decision.allowed:
            raise _refusal(decision)
        return Taken(_headers(decision), tuple(afterwards))

    def count(self, taken: Taken, status: int) -> None:
        """Counts what depends on how it ended, without holding up the answer; our own failures count for nobody."""
        outcome = "successes" if status < 400 else "failures" if status < 500 else None
        for policy, key, counts in taken.afterwards:
            if counts == outcome:
                self._limiter.charge(policy, key)

    async def settle(self) -> None:
        """Waits for what is still being counted."""
        await self._limiter.settle()

    def needs(self, rate: str) -> Needs:
        """What must be known before a request of this class can be counted."""
        return self._needs[rate]

    def _key(self, limit: _Limit, request: Request) -> tuple[str, ...] | None:
        if limit.unless is not None and limit.unless(self, request) is not None:
            return None
        key = []
        for part in limit.parts:
            value = part(self, request)
            if value is None:
                return None
            key.append(value)
        return tuple(key)

    def ip(self, request: Request) -> str:
        return request.ip

    def client(self, request: Request) -> str:
        """The client that calls or is named; the address where none is."""
        if isinstance(request.principal, Client | AccessToken):
            return request.principal.client_id
        return request.client_id or f"ip {request.ip}"

    def caller(self, request: Request) -> str:
        """The client that has proven who it is; the address of anybody else, whomever they name."""
        if isinstance(request.principal, Client | AccessToken):
            return request.principal.client_id
        return f"ip {request.ip}"

    def person(self, request: Request) -> str:
        """Who is signed in; the address where nobody is."""
        user_id = getattr(request.principal, "user_id", None)
        return f"ip {request.ip}" if user_id is None else f"user {user_id}"

    def management(self, request: Request) -> str | None:
        """The client of a management token (registry.md section 12)."""
        caller = request.principal
        return caller.client_id if isinstance(caller, AccessToken) and caller.audience == self._audience else None

    def credential(self, request: Request) -> str:
        authorization = request.shown.get(b"authorization")
        return f"ip {request.ip}" if authorization is None else hashlib.sha256(authorization).hexdigest()

    def device_code(self, request: Request) -> str | None:
        code = request.device_code
        return None if code is None else hashlib.sha256(code.encode()).hexdigest()


def rules(file: Path | None = None) -> dict[str, list[Rule]]:
    """The default table with the classes of an operator's file in place of those of the same name.

    Raises LimitsInvalid.
    """
    try:
        found = msgspec.json.decode(DEFAULTS.read_bytes(), type=dict[str, list[Rule]])
        return (
            found if file is None else {**found, **msgspec.json.decode(file.read_bytes(), type=dict[str, list[Rule]])}
        )
    except (OSError, msgspec.MsgspecError) as error:
        raise LimitsInvalid(f"{file or DEFAULTS}: {error}") from error


def request(client: str, shown: Shown, principal: Principal, body: bytes) -> Request:
    return Request(counted(client), shown, principal, body)


def _limit(rule: Rule) -> _Limit:
    policy = Policy(
        name=rule.name,
        quota=rule.quota,
        window=duration(rule.window),
        burst=rule.burst,
        closed=rule.closed,
        afterwards=rule.counts != "requests",
    )
    parts = tuple(getattr(Limits, part) for part in rule.key)
    return _Limit(policy, parts, None if rule.unless is None else getattr(Limits, rule.unless), rule.counts)


def _needs(rules: list[Rule]) -> Needs:
    parts = {part for rule in rules for part in (*rule.key, rule.unless)}
    if parts & {"client", "device_code"}:
        return "body"
    return "principal" if parts & {"caller", "person", "management"} else "nothing"


def _headers(decision: Decision) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in limits.headers(decision)]


def _refusal(decision: Decision) -> RateLimited:
    policy = decision.refused_by
    metering.limited.add(1, {"policy": policy.name if policy else "", "blind": str(decision.blind).lower()})
    return RateLimited(headers={name.lower(): value for name, value in limits.headers(decision)})


def _field(request: Request, name: str) -> str | None:
    """A field of a small form or JSON body. Repeated fields are the service's to refuse (auth.md section 1.5)."""
    if not request.body:
        return None
    if (request.shown.get(b"content-type") or b"").startswith(b"application/json"):
        return _json_field(request.body, name)
    return _form_field(request.body, b"%b=" % name.encode())


def _form_field(body: bytes, wanted: bytes) -> str | None:
    at = body.find(wanted)
    while at > 0 and body[at - 1] != ord("&"):
        at = body.find(wanted, at + 1)
    if at < 0:
        return None
    value = body[at + len(wanted) :].partition(b"&")[0]
    return unquote_plus(value.decode("latin-1")) or None


def _json_field(body: bytes, name: str) -> str | None:
    try:
        decoded: dict[str, Any] = msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.MsgspecError, RecursionError):
        return None
    value = decoded.get(name)
    return value if isinstance(value, str) and value else None
