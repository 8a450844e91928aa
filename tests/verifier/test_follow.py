"""What registry announces of an application removes the checks of URIs that it has no more."""

import msgspec

from chassis.postgres import Database
from contracts.applications import Application, Verification
from services.verifier.redirect_uris import follow, store
from services.verifier.redirect_uris.store import Check, Owner, Standing
from tests.verifier.builders import BEGAN, an_application

STAYS, GOES = "https://acme.example/cb", "https://acme.example/old"


async def kept_after(db: Database, checked: Application, told: Application) -> set[str]:
    """Which checks are left of an application that was checked at one version when another one is announced."""
    async with db.transaction() as tx:
        for uri in (STAYS, GOES):
            verification = Verification(status="failed", reason="dns_nxdomain", last_checked_at=BEGAN)
            owner = Owner(id=checked.id, client_id=checked.client_id, version=checked.version)
            standing = Standing(verification=verification)
            await store.save(tx, owner, Check(uri=uri, host="acme.example", standing=standing, perspectives=()))
        await follow.application(tx, told)
    return set(await store.checks(db, checked.id))


async def test_a_removed_uri_starts_over(db: Database) -> None:
    """Its check goes, the others stay, and so do other applications'."""
    other = an_application(GOES)
    assert {STAYS, GOES} == await kept_after(db, other, other)
    app = an_application(STAYS, version=2)
    assert {STAYS} == await kept_after(db, msgspec.structs.replace(app, version=1), app)
    assert {STAYS, GOES} == set(await store.checks(db, other.id))


async def test_late_news(db: Database) -> None:
    """News from before the version that was checked removes nothing: the URI may be there again."""
    app = an_application(STAYS, version=2)
    assert {STAYS, GOES} == await kept_after(db, msgspec.structs.replace(app, version=3), app)


async def test_a_deleted_application(db: Database) -> None:
    """It keeps no check."""
    app = an_application(STAYS, GOES, version=2, deleted_at=BEGAN)
    assert set() == await kept_after(db, msgspec.structs.replace(app, version=1), app)
