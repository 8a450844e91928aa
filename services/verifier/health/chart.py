"""The last days at a glance: the worst colour and the median answer of each part of a day, as data and as a drawing."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Final

import msgspec

from services.verifier.health.store import Result, State

SPAN: Final = timedelta(days=30)
PART: Final = timedelta(hours=6)

WORSE: Final[dict[State, int]] = {"green": 1, "not_checkable": 2, "yellow": 3, "red": 4}

FILLS: Final = {
    "green": "#2e7d5b",
    "yellow": "#b7791f",
    "red": "#c0392b",
    "not_checkable": "#8a94a0",
    "none": "#d6dbe1",
}
HEIGHTS: Final = {"green": 12, "not_checkable": 12, "yellow": 22, "red": 32, "none": 4}
"""Colours are told by height as well, for whoever does not tell them apart."""

WIDTH: Final = 4
HEIGHT: Final = 32


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a day, from `at` on; without a state there was no check."""

    at: datetime
    state: State | None
    latency_ms: int | None


def parts(results: Sequence[Result], now: datetime) -> list[Part]:
    """SPAN in parts of PART, oldest first; the last one is not over yet."""
    seconds = int(PART.total_seconds())
    last = int(now.timestamp()) // seconds
    found: dict[int, list[Result]] = {}
    for result in results:
        found.setdefault(int(result.at.timestamp()) // seconds, []).append(result)
    return [_part(number * seconds, found.get(number, [])) for number in range(last - SPAN // PART + 1, last + 1)]


def svg(drawn: Sequence[Part]) -> str:
    """A picture without words or scripts; its title is the caller's to say."""
    bars = []
    for place, part in enumerate(drawn):
        kind = part.state or "none"
        height = HEIGHTS.get(kind, HEIGHTS["none"])
        bars.append(
            f'<rect x="{place * WIDTH}" y="{HEIGHT - height}" width="{WIDTH - 1}" height="{height}" '
            f'fill="{FILLS.get(kind, FILLS["none"])}"/>'
        )
    size = f'viewBox="0 0 {len(drawn) * WIDTH} {HEIGHT}" width="{len(drawn) * WIDTH}" height="{HEIGHT}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">{"".join(bars)}</svg>'


def _part(began: int, results: list[Result]) -> Part:
    at = datetime.fromtimestamp(began, UTC)
    if not results:
        return Part(at=at, state=None, latency_ms=None)
    worst = max((result.state for result in results), key=lambda state: WORSE.get(state, 0))
    answers = [result.latency_ms for result in results if result.latency_ms is not None]
    return Part(at=at, state=worst, latency_ms=round(median(answers)) if answers else None)
