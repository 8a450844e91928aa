"""The key is changed: what delivery has sealed in any of its features is opened where it stands and sealed anew."""

import base64

from chassis import reseal
from chassis.settings import Secret
from chassis.vault import Vault
from services.delivery.ground import Ground
from services.delivery.keys import ring, store
from services.delivery.sealed import SEALED

OLD, NEW = (f"v{version}:" + base64.b64encode(fill * 32).decode() for version, fill in ((1, b"k"), (2, b"n")))


async def test_every_feature_is_found_again(ground: Ground) -> None:
    """Keys and secrets of endpoints, the platform's own keys, and what streams authorize themselves with."""
    now = ground.clock.now()
    async with ground.db.transaction() as tx:
        await store.issue_first(tx, ground.vault, "logi_sealed", "whk_sealed", (Secret("a"), Secret("b")), now)
        await tx.execute(
            """insert into ssf_streams (id, client_id, method, sealed_authorization, events_requested, cursor,
                created_at, next_try_at) values ('s', 'logi_sealed', 'push', $1, '{}', 0, $2, $2)""",
            ground.vault.seal(b"Bearer x", "s"),
            now,
        )
    await ring.Ring(ground.db, ground.vault, "webhook").current(now)
    both = Vault.from_setting(Secret(f"{NEW},{OLD}"))
    done = {place.name: await reseal.column(ground.db, both, place) for place in SEALED}
    assert {place.name: (True, 0) for place in SEALED} == {
        name: (found.resealed > 0, found.unreadable) for name, found in done.items()
    }
