"""What a new password must be (auth.md 6.1): long enough, and none that guessers try first."""

from collections.abc import Collection
from typing import Final

from services.auth.ground import Ground
from services.auth.passwords import ranges
from services.auth.passwords.hashing import LONGEST, SHORTEST, plain

OURS: Final = ("logi",)


async def fault(ground: Ground, password: str, email: str | None) -> str | None:
    """The key of the words that say what is wrong with it, or None.

    The same for every account, so that nothing is learned of one. The list of our own always counts; a service that
    knows more of them is asked where the operator named one, and without its answer the list alone decides (ADR 16).
    """
    if len(password) < SHORTEST:
        return "password.short"
    if len(password) > LONGEST:
        return "password.long"
    if ground.breached.has(plain(password), _own(email)):
        return "password.breached"
    if await ranges.has(ground.outbound, ground.settings.breached_passwords_url, plain(password)):
        return "password.breached"
    return None


def _own(email: str | None) -> Collection[str]:
    local, _, domain = (email or "").strip().partition("@")
    return {*OURS, *(word for word in (email or "", local, domain, domain.partition(".")[0]) if word)}
