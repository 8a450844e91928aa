"""auth put together; nothing else knows how its parts meet."""

from functools import partial
from pathlib import Path
from typing import Any

from litestar import Litestar
from litestar.di import Provide

from chassis import web
from chassis.life import House
from chassis.outbound import Outbound, Policy
from chassis.postgres import Database
from chassis.service import Service, furnish
from chassis.vault import Vault
from chassis.web.pages import Pages
from chassis.web.problem_page import ProblemPage
from chassis.web.refusals import Refusals
from chassis.wire import questions
from chassis.wire.asgi import App
from chassis.wire.serve import Pool
from contracts.events.notices import LetterAsked, OwnersAlerted
from contracts.events.registry import APPLICATION_EVENTS
from contracts.questions.auth import ClientApply, PrincipalOf
from contracts.questions.registry import ApplicationFor, ClientOf, HoldingsOf, SolelyOwned
from services.auth import cors, routes, upkeep
from services.auth.accounts import snapshot
from services.auth.clients import apply, basic
from services.auth.clients import store as clients
from services.auth.clients.assertion import Assertions
from services.auth.clients.documents import Documents
from services.auth.clients.key_sets import KeySets
from services.auth.clients.known import AskOwner, Clients
from services.auth.deletion import idle
from services.auth.deletion import purge as closing
from services.auth.dpop import present
from services.auth.ground import AskHeld, AskOwned, AskSeen, Ground
from services.auth.keys import make
from services.auth.keys.ring import Ring
from services.auth.letterbox import clerk
from services.auth.logout.courier import Courier
from services.auth.mail import alerts
from services.auth.mail.letters import Writer
from services.auth.mail.postman import Postman, Server
from services.auth.principals import beacon
from services.auth.principals.resolve import Resolver
from services.auth.settings import Settings
from services.auth.together import Together
from services.auth.token import judge
from services.auth.tokens.endings import Endings

NAME = "auth"
MIGRATIONS = Path(__file__).parent / "migrations"


def litestar_app(ground: Ground | None, issuer: str, console_origin: str = "") -> Litestar:
    """The routes of auth; without a ground only their description can be read from it."""

    async def the_ground() -> Ground:
        if ground is None:
            raise RuntimeError("this app was made to be described, not to be called")
        return ground

    pages = Pages(issuer, routes.PAGES, console_origin)

    async def the_pages() -> Pages:
        return pages

    return web.application(
        NAME,
        routes.ROUTES,
        Refusals(issuer, ProblemPage(pages, "/session/new", "/console")),
        state={"issuer": issuer},
        dependencies={"ground": Provide(the_ground), "pages": Provide(the_pages)},
    )


def described() -> Litestar:
    """The routes alone, for the generator."""
    return litestar_app(None, "")


def crossing(app: Litestar, db: Database) -> App:
    """The app with its answers to browsers of other origins."""
    return cors.Cors(app, web.table(app, NAME), partial(clients.any_has_origin, db))


def ground_of(
    house: House[Settings],
    db: Database,
    ask_registry: AskOwner,
    solely_owned: AskOwned,
    seen_by: AskSeen,
    held_by_registry: AskHeld,
) -> Ground:
    vault = Vault.from_setting(house.settings.key_encryption_keys)
    outbound = Outbound(Policy.for_environment(house.settings))
    key_sets = KeySets(outbound, house.clock)
    documents = Documents(db, house.clock, outbound).of if house.settings.client_id_metadata else None

    async def judged(asked: Any) -> list[judge.Judged]:
        return await judge.judge(db, house.clock.now(), asked)

    return Ground(
        settings=house.settings,
        clock=house.clock,
        db=db,
        vault=vault,
        clients=Clients(db, ask_registry, Assertions(db, house.clock, house.settings.issuer, key_sets), documents),
        outbound=outbound,
        solely_owned=solely_owned,
        held_by_registry=held_by_registry,
        seen_by=seen_by,
        ring=Ring(db, vault, house.clock),
        machines=Together(judged),
        endings=Endings(db),
    )


async def build(house: House[Settings]) -> None:
    """Answers others before it is ready, because they may need it to become ready."""
    config = house.settings
    service = await furnish(house, MIGRATIONS)
    ground = ground_of(
        house,
        service.db,
        lambda client_id: questions.ask(service.nats, NAME, ClientOf(client_id=client_id)),
        lambda user_id: questions.ask(service.nats, NAME, SolelyOwned(user_id=user_id)),
        lambda app_id, user_id: questions.ask(
            service.nats, NAME, ApplicationFor(application_id=app_id, user_id=user_id, need="read")
        ),
        lambda user_id, email: questions.ask(service.nats, NAME, HoldingsOf(user_id=user_id, email=email), timeout=10),
    )
    await make.as_needed(ground.db, ground.vault, ground.clock, config.signing_key_period)
    await _answer(service, ground)
    await service.produce({"user": partial(snapshot.page, ground.db)})
    _listen(service, ground)
    letters = Writer(config.issuer, config.mail_from)
    postman = Postman(ground.db, ground.vault, ground.clock, letters, Server(config.smtp_url))
    house.task("mail", postman.run)
    house.task("letterbox", partial(clerk.run, ground))
    await house.keep("outbound", ground.outbound)
    house.task("logout", Courier(ground, ground.outbound).run)
    house.task("revocations", partial(beacon.run, service.db, service.nats))
    house.task("closed accounts", partial(closing.run, ground))
    house.task("idle accounts", partial(idle.run, ground))
    house.task("upkeep", partial(upkeep.run, ground))
    pools = (Pool("token", config.token_slots), Pool("web", config.web_slots))
    await service.serve(crossing(litestar_app(ground, config.issuer, config.console_origin), ground.db), pools)


async def _answer(service: Service[Settings], ground: Ground) -> None:
    await service.answer(ClientApply, apply.Answers(ground.db).apply)
    resolver = Resolver(
        ground.db, ground.clock, partial(present.access_token, ground), partial(basic.client, ground.db)
    )
    await service.answer(PrincipalOf, resolver.of)


def _listen(service: Service[Settings], ground: Ground) -> None:
    applications = service.listener("registry").keep(apply.Copy())
    applications.together(APPLICATION_EVENTS, apply.events)
    applications.on(OwnersAlerted, partial(alerts.owners, ground))
    applications.on(LetterAsked, partial(alerts.address, ground))
    service.listen("registry", applications, ready=True)
