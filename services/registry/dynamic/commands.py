"""`initial-token`: lets somebody register clients where that needs a token."""

import secrets
import sys
from datetime import timedelta

from chassis.clock import SystemClock
from chassis.postgres import Database
from services.registry.dynamic import store
from services.registry.dynamic.register import digest
from services.registry.settings import Settings


async def initial_token(_: Settings, db: Database, words: list[str]) -> None:
    """`initial-token [days]`: prints one, good for 30 days unless it says otherwise; it is kept nowhere in clear."""
    if len(words) > 1 or (words and not words[0].isdecimal()):
        sys.exit("say: initial-token [days]")
    token, now = f"logi_iat_{secrets.token_urlsafe(32)}", SystemClock().now()
    await store.allow(db, digest(token), now, now + timedelta(days=int(words[0]) if words else 30))
    sys.stdout.write(f"{token}\n")
