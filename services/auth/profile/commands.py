"""`claims …`: what the operator lets apps know of an account, by scopes of their own (auth.md 3.4)."""

import re
import sys
from typing import Any, Final

import msgspec

from chassis.clock import SystemClock
from chassis.postgres import Database
from services.auth.accounts import store as accounts
from services.auth.profile import store
from services.auth.profile.particulars import RESERVED
from services.auth.settings import Settings
from services.auth.standing import store as trail
from services.auth.standing.commands import named

USAGE: Final = "say: claims show | set <address or number>; set reads {namespace: {key: value}} from standard input"

LONGEST: Final = 16 * 1024
"""Bytes of all custom claims of an account: they travel with each look at userinfo."""

_WORD: Final = re.compile(r"[a-z0-9][a-z0-9_.-]*", re.IGNORECASE)
"""As in the scope of the same name (registry.md 4.1)."""

Custom = dict[str, dict[str, Any]]


async def claims(_: Settings, db: Database, words: list[str]) -> None:
    """`claims show <who>`, `claims set <who>`: set replaces all that the account has."""
    match words:
        case ["show", who]:
            found = await store.particulars(db, (await named(db, who)).id)
            sys.stdout.write(msgspec.json.encode(found.custom_claims).decode() + "\n")
        case ["set", who]:
            await keep(db, (await named(db, who)).id, read(sys.stdin.buffer.read(LONGEST + 1)))
        case _:
            sys.exit(USAGE)


def read(document: bytes) -> Custom:
    """Exits where it is no such document, or names what is ours."""
    try:
        given = msgspec.json.decode(document, type=Custom)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        sys.exit(f"not {{namespace: {{key: value}}}}: {error}")
    if len(document) > LONGEST or b"\\u0000" in document:
        sys.exit(f"claims have at most {LONGEST} bytes, and no zero byte")
    wrong = sorted({*RESERVED & given.keys(), *(word for word in (*given, *_keys(given)) if not _WORD.fullmatch(word))})
    if wrong:
        sys.exit(f"no name of a custom claim: {', '.join(wrong)}")
    return given


async def keep(db: Database, user_id: int, given: Custom) -> None:
    """In one transaction with its line in the trail, which says of which namespaces, and nothing more."""
    async with db.transaction() as tx:
        await accounts.lock(tx, user_id)
        held = await store.particulars(tx, user_id)
        await store.keep(tx, user_id, msgspec.structs.replace(held, custom_claims=given))
        detail = {"namespaces": sorted(given)}
        await trail.note(tx, user_id, "operator", "custom_claims", detail, SystemClock().now())


def _keys(given: Custom) -> list[str]:
    return [key for inner in given.values() for key in inner]
