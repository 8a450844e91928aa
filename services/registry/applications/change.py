"""Changing an application: one pattern for every verb. Lock, check, save at the next version, announce, spread."""

from collections.abc import Callable

import msgspec

from chassis.events import announce
from chassis.problems import NotFound, ValidationFailed
from contracts import ids
from contracts.applications import Application, RedirectUri
from contracts.events.registry import (
    ApplicationEvent,
    ApplicationUpdated,
    RedirectUriAdded,
    RedirectUriRemoved,
    SecretRotated,
)
from services.registry.applications import classify, lifecycle, scopes, store, webhook
from services.registry.applications import register as registering
from services.registry.applications.effects import Spread
from services.registry.applications.refusals import (
    ForbiddenRole,
    LastRedirectUri,
    PreconditionFailed,
    PublicClientHasNoSecret,
    UriNotRegistered,
)
from services.registry.applications.store import Stored
from services.registry.ground import Ground


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    stored: Stored
    spread: Spread
    secret: str | None = None


class ApplicationPatch(msgspec.Struct, frozen=True, kw_only=True):
    """What may be edited; UNSET leaves a field as it is."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    redirect_uris: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    allowed_scopes: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    webhook_url: str | msgspec.UnsetType | None = msgspec.UNSET
    app_link_url: str | msgspec.UnsetType | None = msgspec.UNSET


class Who(msgspec.Struct, frozen=True, kw_only=True):
    """On whose behalf and, with `version`, of which state of the record (If-Match)."""

    user_id: int
    application_id: int
    version: int | None = None


async def edit(ground: Ground, who: Who, patch: ApplicationPatch) -> Changed:
    if isinstance(patch.webhook_url, str):
        await webhook.check(patch.webhook_url, ground.outbound)
    return await _change(ground, who, ApplicationUpdated, lambda stored: _patched(ground, stored.application, patch))


async def add_redirect_uri(ground: Ground, who: Who, uri: str) -> Changed:
    """Adding what is there already changes nothing and succeeds."""

    def added(stored: Stored) -> Application:
        app = stored.application
        classify.check(uri, app.client_type)
        if any(entry.uri == uri for entry in app.redirect_uris):
            return app
        if len(app.redirect_uris) >= classify.MAX_URIS:
            raise ValidationFailed(fields={"redirect_uris": [f"1 to {classify.MAX_URIS} URIs"]})
        return lifecycle.with_uris(app, (*app.redirect_uris, lifecycle.new_uri(uri, app.status, ground.outbound)))

    return await _change(ground, who, RedirectUriAdded, added)


async def remove_redirect_uri(ground: Ground, who: Who, uri: str) -> Changed:
    def removed(stored: Stored) -> Application:
        app = stored.application
        left = tuple(entry for entry in app.redirect_uris if entry.uri != uri)
        if len(left) == len(app.redirect_uris):
            raise UriNotRegistered
        if not left:
            raise LastRedirectUri
        return lifecycle.with_uris(app, left)

    return await _change(ground, who, RedirectUriRemoved, removed)


async def rotate_secret(ground: Ground, who: Who) -> Changed:
    """The old secret is dead when this returns; the new one is in the answer and nowhere else."""
    secret = ids.new_client_secret()

    def rotated(stored: Stored) -> Application:
        if stored.application.client_type == "public":
            raise PublicClientHasNoSecret
        return msgspec.structs.replace(stored.application, secret_sha256=registering.digest(secret))

    changed = await _change(ground, who, SecretRotated, rotated, roles=frozenset({"owner", "admin"}))
    return msgspec.structs.replace(changed, secret=secret)


async def _change(
    ground: Ground,
    who: Who,
    kind: type[ApplicationEvent],
    alter: Callable[[Stored], Application],
    *,
    roles: frozenset[str] = frozenset({"owner", "admin", "developer"}),
) -> Changed:
    now = ground.clock.now()
    async with ground.db.transaction() as tx:
        await store.lock(tx, who.application_id)
        found = await store.of_person(tx, who.application_id, who.user_id)
        if found is None:
            raise NotFound
        stored, role = found
        _permit(stored, role, who, roles)
        if who.version is not None and who.version != stored.application.version:
            raise PreconditionFailed
        altered = alter(stored)
        if altered != stored.application:
            altered = msgspec.structs.replace(altered, version=altered.version + 1, updated_at=now)
            await store.save(tx, altered)
            await announce(tx, kind(event_id=ids.new_event_id(now), occurred_at=now, application=altered))
    return Changed(
        stored=msgspec.structs.replace(stored, application=altered), spread=await ground.effects.spread(altered)
    )


def _permit(stored: Stored, role: str, who: Who, roles: frozenset[str]) -> None:
    """A developer edits what they registered; owners and admins edit all (registry.md 11)."""
    if role not in roles or (role == "developer" and stored.registered_by != who.user_id):
        raise ForbiddenRole


def _patched(ground: Ground, app: Application, patch: ApplicationPatch) -> Application:
    changes: dict[str, object] = {
        name: value for name in ("webhook_url", "app_link_url") if (value := getattr(patch, name)) is not msgspec.UNSET
    }
    if isinstance(patch.name, str):
        changes["name"] = registering.checked_name(patch.name)
    if not isinstance(patch.allowed_scopes, msgspec.UnsetType):
        changes["allowed_scopes"] = scopes.normalise(list(patch.allowed_scopes))
    altered = msgspec.structs.replace(app, **changes)
    if isinstance(patch.redirect_uris, msgspec.UnsetType):
        return altered
    return lifecycle.with_uris(altered, _uris(ground, app, patch.redirect_uris))


def _uris(ground: Ground, app: Application, wanted: tuple[str, ...]) -> tuple[RedirectUri, ...]:
    """The list as a whole replaces the old one; a URI that stays keeps what is known of it."""
    registering.check_uris(wanted, app.client_type)
    known = {entry.uri: entry for entry in app.redirect_uris}
    return tuple(known.get(uri) or lifecycle.new_uri(uri, app.status, ground.outbound) for uri in wanted)
