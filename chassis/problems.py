"""Refusals: one typed exception raised where the fact is known, carried across services, rendered once at the edge.

A subclass names a fact (`ApplicationUnknown`) and carries its status and code; anything else becomes a blank 500.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar, Self

import msgspec


class Problem(Exception):
    """Why a request is refused.

    `detail` is one sentence for the person who reads the log; `fields` maps a field to its messages;
    `members` are added to the body (`verify_url`); `headers` to the reply. Nothing secret goes in.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "server_error"
    default_detail: ClassVar[str] = ""
    field: ClassVar[str] = ""
    """The one member of the request that it is about, where that is always the same; its detail stands there."""
    words: ClassVar[str] = ""
    """Under which name pages have words for it; its code where it has none of its own."""

    def __init__(
        self,
        detail: str = "",
        *,
        fields: Mapping[str, list[str]] | None = None,
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        self.detail = detail or self.default_detail
        self.fields = dict(fields or ({self.field: [self.detail]} if self.field else {}))
        self.headers = dict(headers or {})
        self.members = members
        super().__init__(self.code, self.detail)


class Faults:
    """What is wrong with several members of a request, told at once; the first that was found says the code."""

    def __init__(self) -> None:
        self._heard: list[Problem] = []

    @contextmanager
    def heard(self) -> Iterator[None]:
        """A refusal within that names its fields waits until `tell`; any other is raised."""
        try:
            yield
        except Problem as refusal:
            if not refusal.fields:
                raise
            self._heard.append(refusal)

    def tell(self) -> None:
        """Raises the first refusal with the fields of all."""
        if not self._heard:
            return
        first = self._heard[0]
        first.fields = {name: words for refusal in reversed(self._heard) for name, words in refusal.fields.items()}
        raise first


def error_uri(issuer: str, code: str) -> str:
    """The page that says what a code means and what to do."""
    return f"{issuer}/docs/oauth/errors#{code}"


class Carried(Problem):
    """A problem that another service raised: its class stayed there, its facts came along."""

    def __init__(self, record: "ProblemRecord") -> None:
        self.status, self.code = record.status, record.code  # type: ignore[misc] # ty of instance, fixed by its record
        super().__init__(record.detail, fields=record.fields, headers=record.headers, **record.members)


class ProblemRecord(msgspec.Struct, frozen=True, array_like=True):
    """A problem on the wire."""

    status: int
    code: str
    detail: str
    fields: dict[str, list[str]]
    headers: dict[str, str]
    members: dict[str, Any]

    @classmethod
    def of(cls, problem: Problem) -> Self:
        return cls(problem.status, problem.code, problem.detail, problem.fields, problem.headers, problem.members)


class InvalidRequest(Problem):
    status, code = 400, "invalid_request"


class Unauthorized(Problem):
    status, code = 401, "unauthorized"
    default_detail = "This needs a valid credential."


class NotFound(Problem):
    status, code = 404, "not_found"
    default_detail = "There is nothing here that you may see."


class ValidationFailed(Problem):
    status, code = 422, "validation_failed"
    default_detail = "Some fields are not right."


class TemporarilyUnavailable(Problem):
    status, code = 503, "temporarily_unavailable"
    default_detail = "This is not to be had right now; try again."
