"""What a listener concludes from the producer's answer about its own mark."""

from enum import Enum

from chassis.events.frames import Events
from chassis.events.marks import Mark


class Verdict(Enum):
    """How to go on."""

    FOLLOW = "follow"
    NEW_EPOCH = "new epoch"
    BELOW_OLDEST = "below oldest"
    ABOVE_NEWEST = "above newest"


def judge(mark: Mark, log: Events) -> Verdict:
    """`log` must have been asked for after `mark` was read, or the newest position may look older than the mark."""
    if mark.origin not in {"", log.origin}:
        return Verdict.NEW_EPOCH
    if mark.mark > log.newest:
        return Verdict.ABOVE_NEWEST
    following = log.events[0].position if log.events else log.newest + 1
    if mark.mark + 1 < max(log.oldest, following):
        return Verdict.BELOW_OLDEST
    return Verdict.FOLLOW
