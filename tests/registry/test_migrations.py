"""Rows that were written at an older release are read by this one, unchanged in what they said."""

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

from chassis.clock import SystemClock
from chassis.migrate import migrate
from chassis.postgres import Database
from chassis.service import EVENTS_MIGRATIONS
from services.registry import app
from services.registry.applications import store
from services.registry.audit import verify
from services.registry.members import store as members
from services.registry.organizations import store as organizations

SEEDED = """
insert into developers (user_id, email, version, created_at) values (7, 'ada@acme.example', 3, '2026-01-01');
insert into developer_organizations (slug, name, personal_of, created_at)
    values ('personal-7', 'Personal org', 7, '2026-01-01'), ('acme', 'Acme', null, '2026-01-02');
insert into memberships (organization_id, user_id, role, joined_at)
    select id, 7, 'owner', '2026-01-01' from developer_organizations;
insert into applications (client_id, version, organization_id, registered_by, name, client_type,
    token_endpoint_auth_method, grant_types, allowed_scopes, status, created_via, creation_risk_flags, webhook_url,
    secret_sha256, created_at, updated_at, deleted_at)
select 'logi_' || slug, 4, id, 7, 'App of ' || slug, 'confidential', 'client_secret_basic', '{authorization_code}',
    '{openid,email}', 'pending', 'cli',
    '{"evaluated_at": "2026-01-03T00:00:00Z", "version": 1, "flags": [{"code": "unlisted_scope", "detail": "x"}]}',
    'https://hooks.acme.example/', 'abc', '2026-01-03', '2026-01-04',
    case slug when 'acme' then timestamptz '2026-02-01' end
from developer_organizations;
insert into redirect_uris (application_id, uri, position, uri_class, verification, last_used_at)
select id, 'https://acme.example/cb', 0, 'production', '{"status": "verified", "method": "dns"}', '2026-01-05'
from applications;
"""


async def test_rows_of_the_first_release(tmp_path: Path, new_database: Callable[[str], Awaitable[str]]) -> None:
    """Each later migration is applied to a database with rows in it; what they say is what they said."""
    url, folder = await new_database("registry_rows"), tmp_path / "registry" / "migrations"
    folder.mkdir(parents=True)
    files = sorted(app.MIGRATIONS.glob("*.sql"))
    shutil.copy(files[0], folder)
    await migrate(url, EVENTS_MIGRATIONS, folder)
    db = Database(url)
    await db.start()
    try:
        async with db.transaction() as tx:
            await tx.execute(SEEDED)
        for file in files[1:]:
            shutil.copy(file, folder)
            assert [f"registry/{file.name}"] == await migrate(url, EVENTS_MIGRATIONS, folder)
        await _read(db)
    finally:
        await db.stop()


async def _read(db: Database) -> None:
    living = await store.by_client_id(db, "logi_personal-7")
    assert living is not None
    record = living.application
    assert (4, "pending", "cli", ("openid", "email"), "abc") == (
        record.version,
        record.status,
        record.created_via,
        record.allowed_scopes,
        record.secret_sha256,
    )
    assert ("verified", "2026-01-05") == (
        record.redirect_uris[0].verification.status,
        str(record.redirect_uris[0].last_used_at)[:10],
    )
    assert (True, False, True, ()) == (
        record.webhook_legacy_signature,
        record.webhook_asymmetric,
        record.require_pkce,
        record.widget_origins,
    )
    trashed = await store.by_client_id(db, "logi_acme")
    assert trashed is not None
    assert trashed.application.deleted_at is not None
    async with db.transaction() as tx:
        assert 1 == await organizations.founded(tx, 7)
        assert {1, 2} == {member.id for slug in (1, 2) for member in await members.every(tx, slug)}
    assert (await verify.chain(db, SystemClock().now())).fault is None
