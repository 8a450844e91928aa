"""What a route is given by its app."""

import asyncio
from typing import Any

from litestar.di import Provide

from chassis import web
from chassis.web import Given
from chassis.web.refusals import Refusals
from tests import gateless
from tests.chassis.web.builders import ISSUER


class Kettle:
    """One of two things that a route asks for."""


class Cup:
    """The other."""


async def test_all_is_handed_over_in_the_task_of_the_request() -> None:
    """However much a route asks for, no task is begun to fetch it: that took longer than the rest of the request."""
    tasks: list[asyncio.Task[Any] | None] = []

    async def kettle() -> Kettle:
        tasks.append(asyncio.current_task())
        return Kettle()

    async def cup() -> Cup:
        tasks.append(asyncio.current_task())
        return Cup()

    @web.get("/tea", credentials=("none",), rate="none")
    async def tea(kettle: Given[Kettle], cup: Given[Cup]) -> dict[str, str]:
        tasks.append(asyncio.current_task())
        return {"from": type(kettle).__name__, "in": type(cup).__name__}

    given = {"kettle": Provide(kettle), "cup": Provide(cup)}
    app = web.application("shop", [tea], Refusals(ISSUER), state={}, dependencies=given)
    async with gateless.client(app) as http:
        assert {"from": "Kettle", "in": "Cup"} == (await http.get("/tea")).json()
    assert [tasks[0]] * 3 == tasks
