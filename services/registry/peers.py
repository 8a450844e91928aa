"""What registry answers to other services, and what it hears from them."""

from typing import Any
from urllib.parse import urlsplit

from chassis.postgres import Tx
from chassis.problems import NotFound
from contracts.applications import Application, CreatedVia
from contracts.events.auth import AccountClosed, AccountPurged, AccountRestored, UserEvent, UserRegistered
from contracts.events.delivery import EndpointDisabled, EndpointFailing, StreamPaused
from contracts.events.notices import Occasion
from contracts.events.usage import RedirectUriUsed
from contracts.events.verifier import HealthEvent, HealthLost, RedirectUriLapsed, VerificationEvent
from contracts.questions.auth import Applied
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
from services.registry.actions import nonce
from services.registry.actions.store import Action
from services.registry.alerts import alert
from services.registry.alerts.alert import Alert
from services.registry.applications import edit, show, stamp, store
from services.registry.applications.change import Who
from services.registry.applications.refusals import ForbiddenRole
from services.registry.callers import Caller, Kind
from services.registry.ground import Ground
from services.registry.holdings import store as holdings
from services.registry.organizations import depart, unite
from services.registry.organizations import store as organizations


class Peers:
    """Handlers by question and by event; each is one verb."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    async def client(self, question: ClientOf) -> Application | None:
        stored = await store.by_client_id(self._ground.db, question.client_id)
        return None if stored is None else stored.application

    async def application(self, question: ApplicationFor) -> Application:
        stored, role = await show.with_role(self._ground, question.user_id, question.application_id)
        if role == "developer" and (
            question.need == "own" or (question.need == "manage" and stored.registered_by != question.user_id)
        ):
            raise ForbiddenRole
        return stored.application

    async def any_application(self, question: ApplicationOf) -> Application:
        stored = await store.by_id(self._ground.db, question.application_id)
        if stored is None:
            raise NotFound
        return stored.application

    async def health_switch(self, question: HealthSwitch) -> Application:
        """Verifier applies what it is answered; everybody else hears of it by the event."""
        kind: Kind = "pak" if question.via == "pak" else "user"
        channel: CreatedVia = "web" if question.via == "session" else "api"
        person = Caller(kind=kind, user_id=question.user_id, channel=channel)
        who = Who(caller=person, application_id=question.application_id)
        async with self._ground.db.transaction() as tx:
            return await edit.health_check(self._ground, tx, who, question.enabled)

    async def stamp(self, question: VerificationApply) -> Applied:
        async with self._ground.db.transaction() as tx:
            app = await stamp.verification(
                self._ground, tx, question.application_id, question.uri, question.verification
            )
        if app is None:
            raise NotFound
        return Applied(app.version)

    async def on_verification(self, tx: Tx, event: VerificationEvent) -> None:
        app = await stamp.verification(self._ground, tx, event.application_id, event.uri, event.verification)
        if app is not None and isinstance(event, RedirectUriLapsed):
            host, reason = urlsplit(event.uri).hostname or "", event.verification.reason or ""
            await alert.owners(self._ground, tx, app.id, Alert("redirect_uri_lapsed", host, reason))

    async def on_health(self, tx: Tx, event: HealthEvent) -> None:
        occasion: Occasion = "rp_down" if isinstance(event, HealthLost) else "rp_recovered"
        await alert.owners(self._ground, tx, event.application_id, Alert(occasion, event.host, event.reason))

    async def on_endpoint(self, tx: Tx, event: EndpointFailing | EndpointDisabled | StreamPaused) -> None:
        """Webhooks that die, and pushes that ended, are told to whoever can mend the receiver."""
        occasion: Occasion
        match event:
            case EndpointFailing():
                occasion, url, reason = "webhooks_failing", event.webhook_url, "dead"
            case EndpointDisabled():
                occasion, url, reason = "webhooks_disabled", event.webhook_url, event.reason
            case StreamPaused():
                occasion, url, reason = "stream_paused", event.endpoint_url, event.reason
        told = Alert(occasion, urlsplit(url).hostname or "", reason)
        await alert.owners(self._ground, tx, event.application_id, told)

    async def on_user(self, tx: Tx, event: UserEvent) -> None:
        user = event.user
        if isinstance(event, AccountPurged):
            await depart.purged(tx, user.id)
        await organizations.upsert_developer(tx, user.id, user.email, user.version, user.created_at)
        if user.merged_into is not None:
            await unite.people(tx, user.id, user.merged_into)
        if isinstance(event, AccountClosed):
            await depart.person(self._ground, tx, user.id)
        elif isinstance(event, UserRegistered | AccountRestored):
            await organizations.ensure_personal(tx, user.id, self._ground.clock.now())

    async def on_use(self, tx: Tx, event: RedirectUriUsed) -> None:
        await stamp.use(tx, event.client_id, event.uri, event.used_at)

    async def action_claim(self, question: ActionClaim) -> Applied:
        wanted = Action(admin_id=question.admin_id, action=question.action, target=question.target)
        async with self._ground.db.transaction() as tx:
            await nonce.claim(tx, question.nonce, wanted, self._ground.clock.now())
        return Applied(1)

    async def holdings(self, question: HoldingsOf) -> dict[str, list[dict[str, Any]]]:
        return await holdings.shown(self._ground.db, question.user_id, question.email)

    async def solely_owned(self, question: SolelyOwned) -> tuple[str, ...]:
        return tuple(await organizations.solely_owned(self._ground.db, question.user_id))
