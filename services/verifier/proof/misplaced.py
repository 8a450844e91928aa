"""Where the record stands instead, when it is not where it belongs (verifier.md A4 step 3)."""

import asyncio
from collections.abc import Mapping, Sequence

from services.verifier.challenge import derive
from services.verifier.proof.txt import Names

SECONDS = 2.0
"""A hint is worth no longer wait."""

MAX_ZONES = 4


async def found(names: Names, host: str, values: Mapping[str, str]) -> str | None:
    """Which of the mistakes that others make was made here, in a sentence; None where it is none of them.

    `values` has the URIs of the application by their challenges.
    """
    places = _places(host)
    try:
        async with asyncio.timeout(SECONDS):
            looked = await asyncio.gather(*(names.txt(place) for place in places))
    except TimeoutError:
        return None
    for (place, sentence), records in zip(places.items(), looked, strict=True):
        if any(value in values for value in records.values):
            return f"The record stands at {place}: {sentence}"
    return None


def another_uri(values: Mapping[str, str], there: Sequence[str], uri: str) -> str | None:
    """Says so where what is published belongs to another URI of the application."""
    other = next((values[value] for value in there if values.get(value, uri) != uri), None)
    return None if other is None else f"The value there belongs to {other}; each URI has a value of its own."


def _places(host: str) -> dict[str, str]:
    """Name servers' panels add the zone to what is typed; the commonest mistake is to type it too."""
    labels = host.split(".")
    zones = [".".join(labels[start:]) for start in range(len(labels) - 1)][-MAX_ZONES:]
    places = {
        f"{derive.dns_record(host)}.{zone}": f"the panel appended {zone} to a name that had it already."
        for zone in zones
    }
    places[host] = f"it belongs to {derive.dns_record(host)}."
    if len(labels) > 2:
        parent = ".".join(labels[1:])
        places[derive.dns_record(parent)] = f"a record of the parent does not cover {host}."
        places[parent] = f"it belongs to {derive.dns_record(host)}."
    return places
