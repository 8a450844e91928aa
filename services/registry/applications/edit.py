"""Editing an application: its fields, its redirect URIs one by one, its secret."""

from collections.abc import Callable

import msgspec

from chassis.postgres import Tx
from chassis.problems import Faults, ValidationFailed
from contracts import ids
from contracts.applications import Application
from contracts.events.registry import ApplicationUpdated, RedirectUriAdded, RedirectUriRemoved, SecretRotated
from services.registry.alerts import alert
from services.registry.alerts.alert import Alert
from services.registry.applications import classify, patch, uris, webhook
from services.registry.applications import register as registering
from services.registry.applications.change import KEEPERS, Act, Changed, Who, change, found, on_record, within
from services.registry.applications.patch import ApplicationPatch
from services.registry.applications.refusals import (
    ClientTypeImmutable,
    LastRedirectUri,
    PublicClientHasNoSecret,
    UriNotRegistered,
)
from services.registry.applications.store import Stored
from services.registry.ground import Ground
from services.registry.logos import fetch
from services.registry.promotion import rereview


async def application(ground: Ground, who: Who, wanted: ApplicationPatch, client_type: str | None = None) -> Changed:
    """`client_type` may be named as long as it is the one that it is. Raises the refusals of registry.md 13."""
    named = {name for name in wanted.__struct_fields__ if getattr(wanted, name) is not msgspec.UNSET}
    action = "application.scopes_changed" if named == {"allowed_scopes"} else "application.updated"
    by_operator = who.caller.kind == "system"
    saving = "webhook_url" in named
    act = Act(kind=ApplicationUpdated, action=action, as_admin=by_operator, saves_webhook=saving)
    faults = Faults()
    wanted = await _looked_up(ground, who, act, wanted, faults)

    def edited(stored: Stored) -> Application:
        app = stored.application
        if client_type is not None and client_type != app.client_type:
            raise ClientTypeImmutable
        with faults.heard():
            app = patch.applied(app, wanted, ground.outbound)
        faults.tell()
        return app

    # Nobody looks again at what the operator has changed.
    return await change(
        ground, who, act, _altered(edited), None if by_operator else rereview.noting(ground, who.caller)
    )


async def add_redirect_uri(ground: Ground, who: Who, uri: str) -> Changed:
    """Adding what is there already changes nothing and succeeds."""

    def added(stored: Stored) -> Application:
        app = stored.application
        classify.check(uri, app.client_type)
        if any(entry.uri == uri for entry in app.redirect_uris):
            return app
        if len(app.redirect_uris) >= classify.MAX_URIS:
            raise ValidationFailed(fields={"redirect_uris": [f"1 to {classify.MAX_URIS} URIs"]})
        return uris.replaced(app, (*app.redirect_uris, uris.new(uri, app, ground.outbound)))

    act = Act(kind=RedirectUriAdded, action="application.redirect_uri_added")
    return await change(ground, who, act, _altered(added), rereview.noting(ground, who.caller))


async def remove_redirect_uri(ground: Ground, who: Who, uri: str) -> Changed:
    def removed(stored: Stored) -> Application:
        app = stored.application
        left = tuple(entry for entry in app.redirect_uris if entry.uri != uri)
        if len(left) == len(app.redirect_uris):
            raise UriNotRegistered
        if not left:
            raise LastRedirectUri
        return uris.replaced(app, left)

    act = Act(kind=RedirectUriRemoved, action="application.redirect_uri_removed")
    return await change(ground, who, act, _altered(removed), rereview.noting(ground, who.caller))


async def rotate_secret(ground: Ground, who: Who) -> Changed:
    """The old secret is dead when this returns; the new one is in the answer and nowhere else."""
    secret = ids.new_client_secret()

    def rotated(app: Application) -> Application:
        if app.client_type == "public":
            raise PublicClientHasNoSecret
        return msgspec.structs.replace(app, secret_sha256=registering.digest(secret))

    by_operator = who.caller.kind == "system"
    act = Act(kind=SecretRotated, action="application.secret_rotated", roles=KEEPERS, as_admin=by_operator)

    async def told(tx: Tx, _: Stored, after: Stored) -> None:
        await alert.owners(ground, tx, after.application.id, Alert("secret_rotated", "", ""))

    changed = await change(ground, who, act, on_record(rotated), told)
    return msgspec.structs.replace(changed, secret=secret)


async def allow_anonymous_grants(ground: Ground, who: Who, allowed: bool) -> Changed:
    """For the console alone, behind step-up; whoever calls has checked both (auth.md 6.4)."""
    act = Act(kind=ApplicationUpdated, action="application.updated", roles=KEEPERS)
    return await change(
        ground, who, act, on_record(lambda app: msgspec.structs.replace(app, allow_anonymous_grants=allowed))
    )


async def health_check(ground: Ground, tx: Tx, who: Who, enabled: bool) -> Application:
    """Verifier's card is switched: the record says so before verifier does (verifier.md B7)."""
    act = Act(kind=ApplicationUpdated, action="application.updated")
    switched = on_record(lambda app: msgspec.structs.replace(app, health_check_enabled=enabled))
    return (await within(ground, tx, who, act, switched)).application


def _altered(alter: Callable[[Stored], Application]) -> Callable[[Stored], Stored]:
    return lambda stored: msgspec.structs.replace(stored, application=alter(stored))


async def _looked_up(ground: Ground, who: Who, act: Act, wanted: ApplicationPatch, faults: Faults) -> ApplicationPatch:
    """Asks the hosts of the addresses in it; the logo's address on our own host takes the place of the one given."""
    given = {name: url for name in registering.GOES_OUT if isinstance(url := getattr(wanted, name), str)}
    if not given:
        return wanted
    async with ground.db.transaction() as tx:
        # Nobody is asked on behalf of a stranger.
        await found(tx, who, act)
    logo = given.pop("logo_url", None)
    for name, url in given.items():
        with faults.heard():
            await webhook.check(url, ground.outbound, name)
    if logo is not None:
        with faults.heard():
            return msgspec.structs.replace(wanted, logo_url=await fetch.logo(ground, logo))
    return wanted
