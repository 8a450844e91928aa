"""The operator's own clients, from the credentials of the first start; running it again changes nothing."""

import sys
from datetime import datetime

import msgspec

from chassis.clock import SystemClock
from chassis.events import announce
from chassis.outbound import Policy
from chassis.postgres import Database
from contracts import ids
from contracts.applications import Application
from contracts.events.registry import ApplicationRegistered, ApplicationUpdated
from services.registry.applications import store, uris
from services.registry.applications.register import digest
from services.registry.applications.store import Stored
from services.registry.risk.flags import Evaluation
from services.registry.settings import Settings

CLI_REDIRECT = "http://127.0.0.1/callback"
APP_REDIRECT = "dev.logi.app://callback"


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """What of $LOGI_HOME/credentials.json concerns registry."""

    management_client_id: str
    management_client_secret: str
    cli_client_id: str


async def command(_: Settings, db: Database, __: list[str]) -> None:
    """`seed`: reads the credentials document from standard input."""
    given = msgspec.json.decode(sys.stdin.buffer.read(), type=Credentials)
    now = SystemClock().now()
    await _ensure(db, _management(given, now))
    await _ensure(db, _cli(given, now))
    await _ensure(db, _app(now))


async def _ensure(db: Database, wanted: Application) -> None:
    """Makes the client, or gives the one that is there the secret of the document."""
    async with db.transaction() as tx:
        there = await store.by_client_id(tx, wanted.client_id)
        if there is None:
            stored = Stored(
                application=wanted,
                organization_id=None,
                registered_by=None,
                risk=Evaluation(evaluated_at=wanted.created_at),
            )
            app = (await store.insert(tx, stored)).application
            kind: type[ApplicationRegistered | ApplicationUpdated] = ApplicationRegistered
        elif there.application.secret_sha256 != wanted.secret_sha256:
            app = msgspec.structs.replace(
                there.application,
                secret_sha256=wanted.secret_sha256,
                version=there.application.version + 1,
                updated_at=wanted.updated_at,
            )
            await store.save(tx, msgspec.structs.replace(there, application=app))
            kind = ApplicationUpdated
        else:
            return
        at = wanted.updated_at
        await announce(tx, kind(event_id=ids.new_event_id(at), occurred_at=at, application=app))


def _management(given: Credentials, now: datetime) -> Application:
    first = _first_party(given.management_client_id, "Management", now)
    return msgspec.structs.replace(
        first,
        client_type="confidential",
        token_endpoint_auth_method="client_secret_basic",
        grant_types=("client_credentials",),
        secret_sha256=digest(given.management_client_secret),
    )


def _cli(given: Credentials, now: datetime) -> Application:
    return msgspec.structs.replace(
        _first_party(given.cli_client_id, "logi-cli", now),
        redirect_uris=(uris.new(CLI_REDIRECT, None, Policy()),),
        allowed_scopes=("openid", "profile:basic", "email", "console:read", "console:manage"),
        grant_types=("authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"),
    )


def _app(now: datetime) -> Application:
    """The platform's app on phones and Macs, whose devices begin accounts by themselves (auth.md 1.5)."""
    return msgspec.structs.replace(
        _first_party(ids.APP_CLIENT_ID, "logi", now),
        redirect_uris=(uris.new(APP_REDIRECT, None, Policy()),),
        allowed_scopes=("openid", "profile:basic", "email"),
        grant_types=("authorization_code", "refresh_token"),
    )


def _first_party(client_id: str, name: str, now: datetime) -> Application:
    """What they have in common: reviewed by nobody, since they are the operator's; public unless they have a secret."""
    return Application(
        id=0,
        client_id=client_id,
        version=1,
        name=name,
        client_type="public",
        token_endpoint_auth_method="none",
        redirect_uris=(),
        allowed_scopes=(),
        grant_types=(),
        status="approved",
        environment="live",
        tier="production",
        created_via="rake",
        created_at=now,
        updated_at=now,
        first_party=True,
    )
