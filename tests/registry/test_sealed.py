"""The key is changed: what registry has sealed in any of its features is opened where it stands and sealed anew."""

import base64
from types import SimpleNamespace
from typing import Any

from chassis import reseal
from chassis.settings import Secret
from chassis.vault import Vault
from services.registry.ground import Ground
from services.registry.idempotency import replay
from services.registry.notices import store as notices
from services.registry.promotion import submit
from services.registry.sealed import SEALED

NEW = "v2:" + base64.b64encode(b"n" * 32).decode()


async def test_every_feature_is_found_again(ground: Ground) -> None:
    """Kept answers, notices that wait, and certificates of promotion requests."""
    claim, now = replay.claim(7, "a-key", b"POST"), ground.clock.now()
    made: Any = SimpleNamespace(id=5, revision=2)
    async with ground.db.transaction() as tx:
        await replay.take(ground, tx, claim)
        await notices.enqueue(tx, ground.vault, "mail", "words", now)
        await tx.execute("alter table promotion_documents drop constraint promotion_documents_request_id_fkey")
        await tx.execute(
            "insert into promotion_documents values (5, 2, '', $1)", ground.vault.seal(b"PDF", submit.about(made))
        )
    await replay.keep(ground, claim, 201, b"{}")
    old = ground.settings.key_encryption_keys.reveal()
    both = Vault.from_setting(Secret(f"{NEW},{old}"))
    done = {place.name: tuple(await reseal.column(ground.db, both, place)) for place in SEALED}
    assert dict.fromkeys((place.name for place in SEALED), (1, 0)) == done
