"""A program that dies, as by kill -9, at one step of an event's life: what runs is the program itself.

`python -m tests.faults.delivery.doomed MODULE STEP NTH`: at the NTH time that it comes to that step.
"""

import asyncio
import functools
import importlib
import os
import runpy
import signal
import sys
from collections.abc import Callable
from typing import Any, Literal

IN_FLIGHT_SECONDS = 0.003
"""Long enough for a request to be on its way, and often for its answer to come back unread."""

When = Literal["before", "during", "after"]

STEPS: dict[str, tuple[str, str, When]] = {
    "before commit": ("chassis.events", "announce", "after"),
    "after commit": ("tests.faults.delivery.journal:Journal", "acknowledged", "before"),
    "relay": ("chassis.events.outbox", "number", "after"),
    "fan-out": ("services.delivery.fanout.store", "write", "after"),
    "claim": ("services.delivery.dispatch.store", "claim", "after"),
    "during the POST": ("chassis.outbound:Outbound", "fetch", "during"),
    "after the 2xx": ("services.delivery.attempts.store", "record", "before"),
}
"""The function whose call is the step, and when in it the program dies."""


def doom(step: str, nth: int) -> None:
    """Puts the end into the step."""
    place, name, when = STEPS[step]
    module, _, kind = place.partition(":")
    owner = getattr(importlib.import_module(module), kind) if kind else importlib.import_module(module)
    setattr(owner, name, _ending(getattr(owner, name), when, nth))


def _ending(function: Callable[..., Any], when: When, nth: int) -> Callable[..., Any]:
    left = nth

    def come() -> bool:
        nonlocal left
        left -= 1
        return left == 0

    @functools.wraps(function)
    async def later(*args: Any, **named: Any) -> Any:
        if when != "after" and come():
            if when == "during":
                asyncio.get_running_loop().call_later(IN_FLIGHT_SECONDS, _end)
            else:
                _end()
        found = await function(*args, **named)
        # A look that found nothing is no step of any event's life.
        if when == "after" and (found or (found is None and function.__name__ == "announce")) and come():
            _end()
        return found

    @functools.wraps(function)
    def at_once(*args: Any, **named: Any) -> Any:
        if come():
            _end()
        return function(*args, **named)

    return later if asyncio.iscoroutinefunction(function) else at_once


def _end() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    program, step, nth = sys.argv[1:]
    doom(step, int(nth))
    sys.argv = [program]
    runpy.run_module(program, run_name="__main__")
