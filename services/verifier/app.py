"""The wiring of verifier, and nothing else."""

from functools import partial
from pathlib import Path

import msgspec
from litestar import Litestar
from litestar.di import Provide

from chassis import web
from chassis.life import House
from chassis.outbound import Outbound, Policy
from chassis.service import Service, furnish
from chassis.vault import Vault
from chassis.web.pages import Pages
from chassis.web.problem_page import ProblemPage
from chassis.web.refusals import Refusals
from chassis.wire import questions
from chassis.wire.serve import Pool
from contracts.events.registry import APPLICATION_EVENTS
from contracts.questions.verifier import HealthApply
from services.verifier import purge
from services.verifier.challenge.keys import Keys
from services.verifier.console import routes as console
from services.verifier.copy import Copy
from services.verifier.diagnose import routes as diagnose
from services.verifier.ground import Ground
from services.verifier.health import routes as health
from services.verifier.health.follow import Answers
from services.verifier.health.probe import Caller
from services.verifier.health.schedule import Schedule
from services.verifier.perspectives import panel
from services.verifier.perspectives.look import Look, Outlook
from services.verifier.perspectives.panel import Panel
from services.verifier.proof.prove import Prover
from services.verifier.proof.txt import Names
from services.verifier.redirect_uris import recheck, routes
from services.verifier.registry import Registry
from services.verifier.settings import Settings

NAME = "verifier"
MIGRATIONS = Path(__file__).parent / "migrations"
POOLS = (Pool("web", 64), Pool("probe", 32))
"""Probes wait for other people's servers, so they have slots of their own."""


def litestar_app(ground: Ground | None, issuer: str, console_origin: str = "") -> Litestar:
    """The routes of verifier; without a ground only their description can be read from it."""

    async def the_ground() -> Ground:
        if ground is None:
            raise RuntimeError("this app was made to be described, not to be called")
        return ground

    pages = Pages(issuer, [diagnose.TEMPLATES, console.TEMPLATES], console_origin)

    async def the_pages() -> Pages:
        return pages

    return web.application(
        NAME,
        [*routes.ROUTES, *health.ROUTES, *console.ROUTES, *diagnose.ROUTES],
        Refusals(issuer, ProblemPage(pages, "/session/new", "/diagnose")),
        state={},
        dependencies={"ground": Provide(the_ground), "pages": Provide(the_pages)},
    )


def described() -> Litestar:
    """The routes alone, for the generator."""
    return litestar_app(None, "")


async def build(house: House[Settings]) -> None:
    service = await furnish(house, MIGRATIONS)
    ground = await _ground(service)
    await service.produce()
    await service.answer(HealthApply, Answers(ground).answer)
    copy = Copy(ground)
    applications = service.listener("registry").keep(copy)
    applications.together(APPLICATION_EVENTS, copy.on_events)
    service.listen("registry", applications)
    house.task("rechecks", partial(recheck.run, ground, house.settings.recheck_slots))
    house.task("health", Schedule(ground, house.settings.health_slots).run)
    house.task("purge", partial(purge.run, ground.db, ground.clock))
    await service.serve(litestar_app(ground, house.settings.issuer, house.settings.console_origin), POOLS)


async def _ground(service: Service[Settings]) -> Ground:
    house = service.house
    config = house.settings
    policy = Policy.for_environment(config)
    outbound = Outbound(policy)
    await house.keep("outbound", outbound)
    # A relying party's health is looked at on the port that its redirect URI names (verifier.md B6).
    any_port = Outbound(msgspec.structs.replace(policy, allowed_ports=None))
    await house.keep("outbound of health", any_port)
    prover = Prover(Names(policy.nameservers), outbound, house.clock)
    outlook = Outlook(prover, policy)
    answering = await questions.answer(service.nats, NAME, Look, outlook.look, of=config.perspective)
    house.on_drain(answering.drain)
    return Ground(
        db=service.db,
        clock=house.clock,
        registry=Registry(service.nats),
        prover=prover,
        panel=Panel(config.perspective, config.perspectives, outlook.look, panel.over(service.nats)),
        policy=policy,
        keys=Keys(
            current=config.secret_key_base,
            previous=config.previous_secret_key_base,
            rotated_at=config.secret_key_rotated_at,
        ),
        vault=Vault.from_setting(config.key_encryption_keys),
        health=Caller(any_port, house.clock),
    )
