"""All accounts, page by page, for a copy that is taken anew."""

import msgspec

from contracts.events.auth import User
from services.auth.accounts import snapshot
from tests.auth.rp import World


async def test_pages_of_accounts(world: World) -> None:
    """In the order of their ids, closed ones included, nothing of them but what others may know."""
    people = [await world.person(f"{name}@snapshot.example") for name in ("ada", "bob", "eve")]
    await world.db.execute("update users set deleted_at = now() where id = $1", people[1].id)
    found, after = [], ""
    while page := await snapshot.page(world.db, after, 2):
        found += page
        after = page[-1].key
    assert found == sorted(found, key=lambda record: record.key)
    by_id = {user.id: user for user in (msgspec.json.decode(record.payload, type=User) for record in found)}
    assert {person.id for person in people} <= by_id.keys()
    assert ("ada@snapshot.example", None) == (by_id[people[0].id].email, by_id[people[0].id].deleted_at)
    assert by_id[people[1].id].deleted_at is not None
    assert b"password" not in b"".join(record.payload for record in found)
