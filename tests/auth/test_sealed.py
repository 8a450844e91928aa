"""The key is changed: what auth has sealed in any of its features is opened where it stands and sealed anew."""

import base64
import json

from chassis import reseal
from chassis.settings import Secret
from chassis.vault import Vault
from services.auth.keys import make
from services.auth.sealed import SEALED
from services.auth.upstream import configure
from tests.auth.factors.builders import with_totp
from tests.auth.people import People, sign_up

OLD, NEW = "v1:" + "A" * 43 + "=", "v2:" + base64.b64encode(b"n" * 32).decode()


async def test_every_feature_is_found_again(process: People) -> None:
    """Signing keys, seeds, connectors, mails and what waits in the letterbox; afterwards the old key opens none."""
    ground = process.ground
    await process.developer("ada@sealed.example")
    async with process.signed_in("ada@sealed.example") as browser:
        await with_totp(process, browser)
    await make.as_needed(ground.db, ground.vault, ground.clock, ground.settings.signing_key_period)
    connector = {"client_id": "x", "secret": "provider's secret", "preset": "google"}
    await configure.connector(ground.db, ground.vault, ground.clock, "google", json.dumps(connector).encode())
    async with process.browser() as browser:
        await sign_up(browser, "mailed@sealed.example")
        process.working = False
        await sign_up(browser, "waiting@sealed.example")
    both = Vault.from_setting(Secret(f"{NEW},{OLD}"))
    done = {place.name: await reseal.column(ground.db, both, place) for place in SEALED}
    assert {place.name: (True, 0) for place in SEALED} == {
        name: (found.resealed > 0, found.unreadable) for name, found in done.items()
    }
    only_old = Vault.from_setting(Secret(f"v2:{'A' * 43}=,{OLD}"))
    assert {place.name: 0 for place in SEALED} == {
        place.name: (await reseal.column(ground.db, only_old, place)).resealed for place in SEALED
    }
