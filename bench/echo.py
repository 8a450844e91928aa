"""One small Litestar app, in the three ways it is compared in.

`python -m bench.echo bare` and `told` are uvicorn, without and with the chassis' log line, metric and span;
`python -m bench.echo service` answers exchanges over NATS as every service of the platform does.
"""

import os
import sys

import msgspec
import uvicorn
from litestar import Litestar, get
from litestar.params import FromPath

from chassis import life, log, metrics, settings, trace, web
from chassis.life import House
from chassis.service import link
from chassis.web.refusals import Refusals
from chassis.wire import serve
from chassis.wire.serve import Pool
from contracts.routes import RouteTable

PATH = "/echo/hello"
POOLS = (Pool("web", 128),)


class Echo(msgspec.Struct):
    text: str


class Settings(settings.Base, frozen=True, kw_only=True):
    name: str = "echo"
    """The service's name on NATS, so that several can run side by side."""
    port: int = 0
    """Of uvicorn, where that serves the app."""


def app(rate: str = "none") -> Litestar:
    """The app as a service has it; `rate` is the class of limits its one route counts under."""

    @web.get("/echo/{text:str}", credentials=("none",), rate=rate)
    async def echo(text: FromPath[str]) -> Echo:
        """Says it back."""
        return Echo(text)

    return web.application("echo", [echo], Refusals("http://localhost"), state={})


def bare() -> Litestar:
    """The same route in a Litestar app that has nothing of ours."""

    @get("/echo/{text:str}")
    async def echo(text: FromPath[str]) -> Echo:
        return Echo(text)

    return Litestar([echo], openapi_config=None, logging_config=None)


def routes(service: str, rate: str) -> RouteTable:
    """What the gateway is told of it."""
    return web.table(app(rate), service)


async def build(house: House[Settings]) -> None:
    served = serve.http(await link(house), house.settings.name, app(), POOLS, await link(house, "-bulk"))
    await served.start()
    house.on_drain(served.drain)


def directly(served: Litestar, config: Settings) -> None:
    """uvicorn at its fastest: uvloop and httptools, no access log."""
    sink = log.configure("echo", config.log_level)
    trace.configure("echo", ratio=config.trace_ratio, endpoint=config.otlp_endpoint)
    metrics.configure("echo")
    uvicorn.run(served, port=config.port, loop="uvloop", http="httptools", log_config=None, access_log=False)
    sink.flush()


def main(way: str) -> None:
    if way == "service":
        life.main("echo", Settings, build)
    else:
        directly(bare() if way == "bare" else app(), settings.load(Settings, os.environ))


if __name__ == "__main__":
    main(sys.argv[1])
