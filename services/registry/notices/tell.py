"""Tells the operator that something waits for them, by every way that is configured."""

from chassis.events import announce
from chassis.postgres import Tx
from contracts import ids
from contracts.events.notices import LetterAsked
from services.registry.applications.store import Stored
from services.registry.ground import Ground
from services.registry.notices import store


async def operator(ground: Ground, tx: Tx, stored: Stored, request_id: int) -> None:
    """An application for promotion was handed in; in its transaction, so that it is told exactly if it was."""
    app, config, now = stored.application, ground.settings, ground.clock.now()
    flags = ", ".join(flag.code for flag in stored.risk.flags) or "none"
    path = f"/admin/approvals/{request_id}"
    text = f"{app.name} ({app.organization}) asks for production.\nRisk flags: {flags}\n{ground.issuer}{path}"
    if config.telegram_bot_token is not None and config.telegram_chat_id is not None:
        await store.enqueue(tx, ground.vault, "telegram", text, now)
    if config.operator_webhook_url is not None:
        await store.enqueue(tx, ground.vault, "webhook", text, now)
    if config.operator_email is not None:
        letter = LetterAsked(
            event_id=ids.new_event_id(now),
            occurred_at=now,
            occasion="promotion_submitted",
            address=config.operator_email,
            path=path,
            places={"app": app.name, "organization": app.organization or "nobody", "flags": flags},
        )
        await announce(tx, letter)
