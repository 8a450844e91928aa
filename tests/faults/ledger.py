"""What the platform has acknowledged, and what it must therefore show in the end."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Ledger:
    """`violations` are promises seen broken while the load ran; `unlinked` counts disconnections by client_id."""

    acknowledged: int = 0
    unanswered: int = 0
    unlinked: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    given: dict[tuple[str, int], str] = field(default_factory=dict)
    """Whom each id was given to, for ever: of apps the client_id, of persons the address."""

    def done(self) -> None:
        self.acknowledged += 1

    def failed(self, why: str) -> None:
        """A request that was not answered, or with 502, 503 or 504: it may have had its effect, whole, or none."""
        self.unanswered += 1
        if ": 500" in why:
            self.broken(f"a fault was taken for a mistake of ours: {why}")

    def gave(self, kind: str, number: int, to: str) -> None:
        """An id that was shown once means the same for ever, also after a restore that knows nothing of it."""
        if self.given.setdefault((kind, number), to) != to:
            self.broken(f"{kind} {number} was given to {self.given[kind, number]} and to {to}")

    def broken(self, promise: str) -> None:
        self.violations.append(promise)


@dataclass
class App:
    """One application as its developer's client knows it."""

    id: int
    client_id: str
    secret: str | None
    wanted: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, answer: dict[str, Any]) -> "App":
        return cls(answer["id"], answer["client_id"], answer["client_secret"], set(answer["redirect_uris"]))

    def forget(self) -> None:
        """Its record may be another one now: the secret is to be rotated, the URIs are what registry says."""
        self.secret = None
        self.wanted.clear()
        self.gone.clear()
