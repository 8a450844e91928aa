"""What an operator tells auth beside serving: each command runs once and ends."""

import sys

import msgspec

from chassis.clock import SystemClock
from chassis.postgres import Database
from chassis.settings import Secret
from chassis.vault import Vault
from services.auth.accounts import seed as accounts
from services.auth.keys import make
from services.auth.passwords.hashing import Passwords
from services.auth.resources import seed as resources
from services.auth.resources import store
from services.auth.settings import Settings
from services.auth.upstream import configure
from services.auth.upstream import store as upstream


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """What of $LOGI_HOME/credentials.json concerns auth."""

    operator_email: str
    operator_password: str
    operator_pak: str
    management_client_id: str
    management_resource: str


async def seed(config: Settings, db: Database, _: list[str]) -> None:
    """`seed`: reads the credentials document from standard input; running it again changes nothing."""
    given = msgspec.json.decode(sys.stdin.buffer.read(), type=Credentials)
    now = SystemClock().now()
    operator = accounts.Operator(
        email=given.operator_email, password=Secret(given.operator_password), pak=Secret(given.operator_pak)
    )
    passwords = Passwords(workers=1)
    try:
        await accounts.seed(db, passwords, operator, now)
    finally:
        passwords.stop()
    async with db.transaction() as tx:
        await resources.management(tx, given.management_resource, given.management_client_id, now)
        await resources.signals(tx, f"{config.issuer}/ssf", now)


async def serving(_: Settings, db: Database, words: list[str]) -> None:
    """`resources serve <indicator> <client_id>`: this client may ask about tokens that were issued for the resource."""
    if len(words) != 3 or words[0] != "serve":
        sys.exit("say: resources serve <indicator> <client_id>")
    if not await store.serve(db, words[1], words[2]):
        sys.exit("no API resource has this indicator")


async def connectors(config: Settings, db: Database, words: list[str]) -> None:
    """`connectors set <key>` with its document on standard input, `connectors list`, `connectors remove <key>`."""
    match words:
        case ["set", key]:
            vault = Vault.from_setting(config.key_encryption_keys)
            try:
                await configure.connector(db, vault, SystemClock(), key, sys.stdin.buffer.read())
            except configure.ConnectorUnusable as fault:
                sys.exit(str(fault))
        case ["list"]:
            for one in await upstream.connectors(db):
                state = "" if one.enabled else " (off)"
                sys.stdout.write(f"{one.key}: {one.name}, preset {one.preset}, client {one.client_id}{state}\n")
        case ["remove", key]:
            if not await upstream.remove_connector(db, key):
                sys.exit("there is no connector of this name")
        case _:
            sys.exit("say: connectors set <key> | list | remove <key>")


async def keys(config: Settings, db: Database, words: list[str]) -> None:
    """`keys rotate`: publishes new signing keys now, which sign a day later."""
    if words != ["rotate"]:
        sys.exit("say: keys rotate")
    made = await make.next_ones(db, Vault.from_setting(config.key_encryption_keys), SystemClock())
    sys.stdout.write("".join(f"published {kid}\n" for kid in made))
