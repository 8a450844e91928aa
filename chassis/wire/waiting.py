"""One exchange that has been sent: what it has heard since, and when to stop hoping."""

import asyncio
import time

from chassis.problems import Carried, Problem
from chassis.wire import frames
from chassis.wire.crew import Crew
from chassis.wire.frames import BUSY, PROBLEM, REPLY, WORKING, Busy, Reply
from chassis.wire.refusals import AnswerUnreadable, DeadlinePassed, InstanceDied, NoInstance, ReplyTooLarge

SILENCE = 1.9
"""Seconds without a word after which an instance counts as dead: found within 2 s, the tick of the look included."""

OWN_PAUSE = 0.1
"""Seconds that our own process must have stood still to count: words may lie in the socket, the silence was ours."""


class Waiting:
    """Ends in a reply, in Busy, or in a Problem."""

    __slots__ = ("_crew", "_deadline", "_heard", "future", "instance")

    def __init__(self, crew: Crew, deadline: float) -> None:
        self.future: asyncio.Future[Reply | Busy] = asyncio.get_running_loop().create_future()
        self.instance = ""
        """Who works on it, as soon as that is known."""
        self._crew, self._deadline, self._heard = crew, deadline, time.monotonic()

    def word(self, word: bytes) -> None:
        if self.future.done():
            return
        tag = word[:1]
        if tag == REPLY:
            self._reply(word)
        elif tag == WORKING:
            self.instance = word[1:].decode()
            self._heard = time.monotonic()
        elif tag == BUSY:
            self.future.set_result(Busy(word[1:].decode()))
        elif tag == PROBLEM:
            self._problem(word)
        elif not word:
            self.future.set_exception(NoInstance())

    def look(self, now: float, late: float) -> None:
        if self.future.done():
            return
        if late > OWN_PAUSE:
            self._heard += late
        if now >= self._deadline:
            self.future.set_exception(DeadlinePassed())
        elif now - self._heard >= SILENCE:
            self.future.set_exception(InstanceDied())

    def _reply(self, word: bytes) -> None:
        try:
            reply = frames.decode_reply(word)
        except frames.FrameUnreadable:
            self.future.set_exception(AnswerUnreadable())
            return
        self._crew.heard(reply.instance)
        self.future.set_result(reply)

    def _problem(self, word: bytes) -> None:
        try:
            carried: Problem = Carried(frames.decode_problem(word))
        except frames.FrameUnreadable:
            carried = AnswerUnreadable()
        if carried.code == ReplyTooLarge.code:
            carried = ReplyTooLarge()
        self.future.set_exception(carried)
