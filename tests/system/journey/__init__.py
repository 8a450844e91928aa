"""One relying party's whole journey, step by step, through the gateway only."""

from collections.abc import Awaitable, Callable

from tests.system.journey import developer, relying_party
from tests.system.journey.developer import Journey

STEPS: tuple[Callable[[Journey], Awaitable[None]], ...] = (
    developer.sign_up,
    developer.verify_email,
    developer.sign_in,
    developer.make_key,
    developer.register,
    relying_party.authorize,
    relying_party.exchange,
    relying_party.verify_id_token,
    relying_party.userinfo,
    relying_party.refresh,
    relying_party.disconnect,
    relying_party.hear,
    relying_party.poll,
    relying_party.rotate,
    relying_party.prove_host,
)

__all__ = ["STEPS", "Journey"]
