"""The wiring of registry, and nothing else."""

from functools import partial
from pathlib import Path

import msgspec
from litestar import Litestar
from litestar.di import Provide

from chassis import web
from chassis.events import Record
from chassis.life import House
from chassis.outbound import Outbound, Policy
from chassis.postgres import Database
from chassis.service import Service, furnish
from chassis.vault import Vault
from chassis.web.pages import Pages
from chassis.web.problem_page import ProblemPage
from chassis.web.refusals import Refusals
from chassis.wire.serve import Pool
from contracts.events.auth import USER_EVENTS
from contracts.events.delivery import ENDPOINT_EVENTS
from contracts.events.usage import RedirectUriUsed
from contracts.events.verifier import HEALTH_EVENTS, VERIFICATION_EVENTS
from contracts.questions.registry import (
    ActionClaim,
    ApplicationFor,
    ApplicationOf,
    ClientOf,
    HealthSwitch,
    HoldingsOf,
    SolelyOwned,
    VerificationApply,
)
from services.registry import routes, upkeep
from services.registry.applications import store, trash
from services.registry.applications.effects import Effects
from services.registry.audit.denied import Denials
from services.registry.console import visitor
from services.registry.ground import Ground
from services.registry.notices.courier import Courier
from services.registry.organizations.accounts import Accounts
from services.registry.peers import Peers
from services.registry.settings import Settings

NAME = "registry"
MIGRATIONS = Path(__file__).parent / "migrations"
POOLS = (Pool("web", 64),)


def litestar_app(ground: Ground | None, issuer: str, console_origin: str = "") -> Litestar:
    """The routes of registry; without a ground only their description can be read from it."""

    async def the_ground() -> Ground:
        if ground is None:
            raise RuntimeError("this app was made to be described, not to be called")
        return ground

    pages = Pages(issuer, [visitor.TEMPLATES], console_origin)

    async def the_pages() -> Pages:
        return pages

    app = web.application(
        NAME,
        routes.ROUTES,
        Refusals(issuer, ProblemPage(pages, "/session/new", "/console"), ("application", "oauth_application")),
        state={},
        dependencies={"ground": Provide(the_ground), "pages": Provide(the_pages)},
    )
    if ground is not None:
        app.after_exception.append(Denials(ground))
    return app


def described() -> Litestar:
    """The routes alone, for the generator."""
    return litestar_app(None, "")


async def ground_of(house: House[Settings], db: Database, effects: Effects) -> Ground:
    policy = Policy.for_environment(house.settings)
    client = Outbound(policy)
    await house.keep("outbound", client)
    return Ground(
        db=db,
        clock=house.clock,
        effects=effects,
        outbound=policy,
        client=client,
        vault=Vault.from_setting(house.settings.key_encryption_keys),
        issuer=house.settings.issuer,
        settings=house.settings,
    )


async def build(house: House[Settings]) -> None:
    service = await furnish(house, MIGRATIONS)
    ground = await ground_of(house, service.db, Effects(service.nats, house.clock))
    peers = Peers(ground)
    await service.answer(ClientOf, peers.client)
    await service.answer(ApplicationFor, peers.application)
    await service.answer(ApplicationOf, peers.any_application)
    await service.answer(HealthSwitch, peers.health_switch)
    await service.answer(VerificationApply, peers.stamp)
    await service.answer(SolelyOwned, peers.solely_owned)
    await service.answer(HoldingsOf, peers.holdings)
    await service.answer(ActionClaim, peers.action_claim)
    await service.produce({"application": lambda after, limit: _applications(ground.db, after, limit)})
    _listen(service, ground, peers)
    house.task("notices", Courier(ground).run)
    house.task("trash", partial(trash.run, ground))
    house.task("upkeep", partial(upkeep.run, ground))
    await service.serve(litestar_app(ground, house.settings.issuer, house.settings.console_origin), POOLS)


def _listen(service: Service[Settings], ground: Ground, peers: Peers) -> None:
    users = service.listener("auth").keep(Accounts(ground))
    for user_event in USER_EVENTS:
        users.on(user_event, peers.on_user)
    users.on(RedirectUriUsed, peers.on_use)
    service.listen("auth", users)
    findings = service.listener("verifier")
    for finding in VERIFICATION_EVENTS:
        findings.on(finding, peers.on_verification)
    for sign in HEALTH_EVENTS:
        findings.on(sign, peers.on_health)
    service.listen("verifier", findings)
    deliveries = service.listener("delivery")
    for trouble in ENDPOINT_EVENTS:
        deliveries.on(trouble, peers.on_endpoint)
    service.listen("delivery", deliveries)


async def _applications(db: Database, after: str, limit: int) -> list[Record]:
    """A page of all applications, trashed ones included, for a copy that is rebuilt; keys sort as numbers do."""
    async with db.connection() as connection:
        page = await store.after(connection, int(after or 0), limit)
    return [
        Record(f"{stored.application.id:019d}", stored.application.version, msgspec.json.encode(stored.application))
        for stored in page
    ]
