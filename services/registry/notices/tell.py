"""Tells the operator that something waits for them, by every way that is configured."""

from chassis.events import announce
from chassis.postgres import Tx
from contracts import ids
from contracts.events.notices import Address, LetterAsked
from services.registry.applications.store import Stored
from services.registry.ground import Ground
from services.registry.notices import store
from services.registry.settings import Settings


async def operator(ground: Ground, tx: Tx, stored: Stored, request_id: int) -> None:
    """An application for promotion was handed in; in its transaction, so that it is told exactly if it was."""
    app = stored.application
    flags = ", ".join(flag.code for flag in stored.risk.flags) or "none"
    path = f"/admin/approvals/{request_id}"
    text = f"{app.name} ({app.organization}) asks for production.\nRisk flags: {flags}\n{ground.issuer}{path}"
    places = {"app": app.name, "organization": app.organization or "nobody", "flags": flags}
    await _told(ground, tx, text, _letter(ground, "promotion_submitted", path, places))


async def question(ground: Ground, tx: Tx, who: str, words: str) -> None:
    """Somebody asks for help from the console."""
    text = f"{who} asks for help:\n{words}\n{ground.issuer}/console"
    await _told(ground, tx, text, _letter(ground, "support_asked", "/console", {"who": who, "words": words}))


def reachable(settings: Settings) -> bool:
    """Whether anybody would hear."""
    telegram = settings.telegram_bot_token is not None and settings.telegram_chat_id is not None
    return telegram or settings.operator_webhook_url is not None or settings.operator_email is not None


async def _told(ground: Ground, tx: Tx, text: str, letter: LetterAsked | None) -> None:
    config, now = ground.settings, ground.clock.now()
    if config.telegram_bot_token is not None and config.telegram_chat_id is not None:
        await store.enqueue(tx, ground.vault, "telegram", text, now)
    if config.operator_webhook_url is not None:
        await store.enqueue(tx, ground.vault, "webhook", text, now)
    if letter is not None:
        await announce(tx, letter)


def _letter(ground: Ground, occasion: Address, path: str, places: dict[str, str]) -> LetterAsked | None:
    address, now = ground.settings.operator_email, ground.clock.now()
    if address is None:
        return None
    return LetterAsked(
        event_id=ids.new_event_id(now), occurred_at=now, occasion=occasion, address=address, path=path, places=places
    )
