"""Making organisations and naming them."""

import re
import secrets
import unicodedata
from typing import Final

from services.registry import audit
from services.registry.applications.patch import checked_name
from services.registry.applications.refusals import ForbiddenRole
from services.registry.audit.entry import Subject
from services.registry.callers import Caller
from services.registry.ground import Ground
from services.registry.organizations import choose, store
from services.registry.organizations.refusals import TooManyOrganizations
from services.registry.organizations.store import Organization

MOST: Final = 5
"""Organisations that one person made, the personal one included (registry.md 11)."""


async def organization(ground: Ground, caller: Caller, name: str) -> Organization:
    """A new one, whose owner is the caller. Raises ValidationFailed, TooManyOrganizations."""
    name, now = checked_name(name), ground.clock.now()
    if not caller.user_id:
        raise ForbiddenRole
    slug = f"{_slug(name)}-{secrets.token_hex(3)}"
    async with ground.db.transaction() as tx:
        await store.lock_developer(tx, caller.user_id)
        await store.ensure_personal(tx, caller.user_id, now)
        if await store.founded(tx, caller.user_id) >= MOST:
            raise TooManyOrganizations
        number = await store.found(tx, slug, name, caller.user_id, now)
        about = Subject(kind="organization", id=slug, organization_id=number)
        await audit.record(tx, caller, "organization.created", about, {"name": name}, at=now)
    return Organization(id=number, slug=slug, name=name, personal=False, created_at=now, role="owner")


async def rename(ground: Ground, caller: Caller, name: str) -> Organization:
    """The chosen organisation under another name; its slug stays. Raises ValidationFailed, ForbiddenRole, NotFound."""
    name, now = checked_name(name), ground.clock.now()
    async with ground.db.transaction() as tx:
        chosen = await choose.organization(tx, caller, None, now)
        if chosen.role == "developer":
            raise ForbiddenRole
        before = await store.rename(tx, chosen.organization_id, name)
        if before != name:
            about = Subject(kind="organization", id=chosen.slug, organization_id=chosen.organization_id)
            changes = {"name": {"before": before, "after": name}}
            await audit.record(tx, caller, "organization.updated", about, changes, at=now)
    return await shown(ground, caller, chosen.slug)


async def shown(ground: Ground, caller: Caller, slug: str) -> Organization:
    mine = await store.of_person(ground.db, caller.user_id)
    return next(each for each in mine if each.slug == slug)


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40] or "org"
