"""auth put together; nothing else knows how its parts meet."""

from pathlib import Path

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler

from chassis import nats_link, web
from chassis.life import House
from chassis.postgres import Database
from chassis.vault import Vault
from chassis.web.refusals import Refusals
from chassis.wire import questions
from chassis.wire.serve import Pool, Served
from contracts.questions.registry import ClientOf
from services.auth.clients.known import Clients
from services.auth.ground import Ground
from services.auth.keys.ring import Ring
from services.auth.settings import Settings

NAME = "auth"
MIGRATIONS = Path(__file__).parent / "migrations"

ROUTES: list[HTTPRouteHandler] = []


def litestar_app(issuer: str, ground: Ground | None = None) -> Litestar:
    """The app alone; its routes and its OpenAPI document can be read without any ground under it."""
    return web.application(
        NAME,
        ROUTES,
        Refusals(issuer),
        state={"ground": ground},
        dependencies={"ground": Provide(_ground, sync_to_thread=False)},
    )


def _ground(state: State) -> Ground:
    found: Ground = state.ground
    return found


async def build(house: House[Settings]) -> None:
    """Starts, answers questions, catches up with registry, and only then serves."""
    config = house.settings
    db = Database(config.postgres_url.reveal(), min_size=2, max_size=16)
    await house.keep("postgres", db)
    nc = await house.eventually(
        "nats",
        lambda: nats_link.connect(
            config.nats_url,
            name=house.instance,
            user=config.nats_user,
            password=config.nats_password,
            inbox_prefix=f"_INBOX_{NAME}",
        ),
    )
    house.on_stop(nc.close)
    vault = Vault.from_setting(config.key_encryption_keys)
    ground = Ground(
        settings=config,
        clock=house.clock,
        db=db,
        vault=vault,
        clients=Clients(db, lambda client_id: questions.ask(nc, NAME, ClientOf(client_id=client_id))),
        ring=Ring(db, vault, house.clock),
    )
    pools = [Pool("token", config.token_slots), Pool("web", config.web_slots)]
    served = await Served(nc, NAME, litestar_app(config.issuer, ground), pools).start()
    house.on_drain(served.drain)
