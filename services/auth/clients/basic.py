"""HTTP Basic of an application on the routes of others, answered to the gateway as a principal."""

import hmac
from hashlib import sha256

from chassis.postgres import Database
from contracts.principal import Client, Refused
from services.auth.clients import store

LONGEST = 200
"""Characters of a client_id."""


async def client(db: Database, client_id: str, secret: str) -> Client | Refused:
    """Only confidential applications can show themselves so. Reads the copy alone: a question asks no other one."""
    if len(client_id) > LONGEST or "\x00" in client_id:
        return Refused(why="malformed", via="basic")
    app = await store.find(db, client_id)
    if app is None or app.deleted_at is not None:
        return Refused(why="unknown", via="basic")
    if app.client_type == "public" and not secret:
        return Refused(why="client_public", via="basic")
    digest = sha256(secret.encode(errors="surrogatepass")).hexdigest()
    if app.secret_sha256 is None or not hmac.compare_digest(digest, app.secret_sha256):
        return Refused(why="wrong_secret", via="basic")
    if not app.usable:
        return Refused(why="client_inactive", via="basic")
    return Client(client_id=app.client_id, application_id=app.id, status=app.status)
