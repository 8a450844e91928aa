"""The wiring of delivery, and nothing else."""

from functools import partial
from pathlib import Path

from litestar import Litestar
from litestar.di import Provide

from chassis import web
from chassis.life import House
from chassis.outbound import Outbound, Policy
from chassis.postgres import Database
from chassis.service import furnish
from chassis.vault import Vault
from chassis.web.pages import Pages
from chassis.web.problem_page import ProblemPage
from chassis.wire.serve import Pool
from contracts.events.auth import PUBLIC_EVENTS, SIGNAL_EVENTS, AccountPurged, AccountRestored
from contracts.events.registry import APPLICATION_EVENTS
from contracts.questions.delivery import EndpointApply
from services.delivery import upkeep
from services.delivery.catalogue import routes as catalogue
from services.delivery.catalogue.describe import webhooks
from services.delivery.console import routes as console
from services.delivery.dispatch.post import Post
from services.delivery.dispatch.worker import Dispatcher
from services.delivery.endpoints.follow import Following
from services.delivery.ground import Ground
from services.delivery.keys import routes as keys
from services.delivery.keys.ring import Ring
from services.delivery.pointing import Pointing
from services.delivery.polling import routes as polling
from services.delivery.polling.wake import Wake
from services.delivery.queue import admin_routes as admin
from services.delivery.queue import routes as queue
from services.delivery.registry import Registry
from services.delivery.settings import Settings
from services.delivery.ssf import routes as ssf
from services.delivery.ssf.doors import Doors
from services.delivery.ssf.push import Transmitter
from services.delivery.ssf.signals import Signals
from services.delivery.ssf.token import Signer
from services.delivery.watch import gauges

NAME = "delivery"
MIGRATIONS = Path(__file__).parent / "migrations"
POOLS = (Pool("web", 64), Pool("poll", 512))
"""Polls may wait for half a minute, so they have slots of their own; waiting costs nothing else."""


ROUTES = [
    *polling.ROUTES,
    *catalogue.ROUTES,
    *keys.ROUTES,
    *queue.ROUTES,
    *admin.ROUTES,
    *ssf.ROUTES,
    *console.ROUTES,
]


def litestar_app(
    ground: Ground | None,
    registry: Registry | None,
    issuer: str,
    wake: Wake | None = None,
    outbound: Outbound | None = None,
    console_origin: str = "",
) -> Litestar:
    """The routes of delivery; without a ground only their description can be read from it."""

    async def the_ground() -> Ground:
        if ground is None:
            raise RuntimeError("this app was made to be described, not to be called")
        return ground

    async def the_registry() -> Registry:
        if registry is None:
            raise RuntimeError("this app was made without a registry to ask")
        return registry

    async def the_wake() -> Wake:
        return wake or Wake((await the_ground()).db)

    async def the_doors() -> Doors:
        return doors or Doors(_set_signer(await the_ground(), issuer), outbound)

    pages = Pages(issuer, [console.TEMPLATES], console_origin)
    doors = None if ground is None else Doors(_set_signer(ground, issuer), outbound)

    dependencies = {
        "ground": Provide(the_ground),
        "registry": Provide(the_registry),
        "wake": Provide(the_wake),
        "doors": Provide(the_doors),
        "pages": Provide(lambda: pages, sync_to_thread=False),
    }
    page = ProblemPage(pages, "/session/new", "/developer/applications")
    refusals = Pointing(issuer, page, console_origin or issuer)
    return web.application(NAME, ROUTES, refusals, state={}, dependencies=dependencies, webhooks=webhooks())


def described() -> Litestar:
    """The routes alone, for the generator."""
    return litestar_app(None, None, "")


async def build(house: House[Settings]) -> None:
    settings = house.settings
    service = await furnish(house, MIGRATIONS)
    ground = Ground(db=service.db, clock=house.clock, vault=Vault.from_setting(settings.key_encryption_keys))
    following = Following(ground)
    await service.answer(EndpointApply, following.answer)
    await service.produce()
    applications = service.listener("registry").keep(following)
    applications.together(APPLICATION_EVENTS, following.on_events)
    service.listen("registry", applications)
    people = service.listener("auth")
    signals = Signals(ground)
    people.together((*PUBLIC_EVENTS, *SIGNAL_EVENTS), signals.events)
    people.on(AccountRestored, signals.restored).on(AccountPurged, signals.purged)
    service.listen("auth", people)
    outbound = await _dispatch(house, ground)
    house.task("upkeep", partial(upkeep.run, ground))
    house.task("gauges", partial(gauges.run, ground))
    wake = Wake(service.db)
    house.task("polls", wake.run)
    registry, origin = Registry(service.nats), settings.console_origin
    await service.serve(litestar_app(ground, registry, settings.issuer, wake, outbound, origin), POOLS)


def unsynced(url: str) -> str:
    """The same database for what may be done twice: commits do not wait for the disk there."""
    return f"{url}{'&' if '?' in url else '?'}synchronous_commit=off"


async def _dispatch(house: House[Settings], ground: Ground) -> Outbound:
    outbound = Outbound(Policy.for_environment(house.settings))
    await house.keep("outbound", outbound)
    # A developer's own machine may follow one trace to the receiver; nobody else is told it (delivery.md 4.1).
    post = Post(outbound, house.clock, propagate=house.settings.environment == "local")
    queue = Database(unsynced(house.settings.postgres_url.reveal()), max_size=4)
    await house.keep("queue", queue)
    dispatcher = Dispatcher(ground, queue, post, house.instance, house.settings.dispatch_slots)
    house.task("dispatch", dispatcher.run)
    house.on_drain(dispatcher.drain)
    transmitter = Transmitter(ground, _set_signer(ground, house.settings.issuer), outbound, house.instance)
    house.task("ssf", transmitter.run)
    house.on_drain(transmitter.drain)
    return outbound


def _set_signer(ground: Ground, issuer: str) -> Signer:
    return Signer(Ring(ground.db, ground.vault, "set"), issuer)
