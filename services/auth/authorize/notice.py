"""Under the policy `alert`, the administrators are written to about scope drift (auth.md 3.4)."""

from chassis.web.languages import LANGUAGES
from contracts.applications import Application
from services.auth.accounts import store as accounts
from services.auth.authorize import store
from services.auth.ground import Ground
from services.auth.mail import outbox
from services.auth.mail.outbox import Letter


async def of_drift(ground: Ground, app: Application) -> None:
    """At most once a day about one application.

    The letter does not repeat the scopes: whoever knows a client_id chooses them, and so could write to administrators.
    """
    now = ground.clock.now()
    async with ground.db.transaction() as tx:
        if not await store.notice_is_due(tx, app.client_id, now):
            return
        for admin in await accounts.administrators(tx):
            if admin.email is None:
                continue
            letter = Letter(
                kind="scope_drifted",
                recipient=admin.email,
                language=next((known for known in LANGUAGES if known == admin.language), LANGUAGES[0]),
                link=f"{ground.issuer}/developer/applications/{app.id}",
                places={"app": app.name},
            )
            await outbox.enqueue(tx, ground.vault, letter, now)
