"""The clients this process has met. What it keeps may be old, so whoever decides by it compares the version.

A token request compares in its own one statement (ADR 4); everybody else reads with `fresh`.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable

from chassis.postgres import Database
from contracts.applications import Application
from services.auth.clients import store
from services.auth.clients.assertion import Assertions
from services.auth.clients.documents import is_address

KEPT = 10_000
"""Records of about 1 KB; the one that was used longest ago goes first."""

ASKABLE = 200
"""Characters of the longest client_id that registry is asked about."""

AskOwner = Callable[[str], Awaitable[Application | None]]


class Clients:
    """Reads auth's copy, and reads through to registry for a client that the copy does not hold yet."""

    def __init__(
        self, db: Database, ask_owner: AskOwner, assertions: Assertions, ask_document: AskOwner | None = None
    ) -> None:
        """`ask_document` reads client-id metadata documents; without it an address is no client_id."""
        self._db, self._ask_owner, self._ask_document = db, ask_owner, ask_document
        self.assertions = assertions
        self._kept: OrderedDict[str, Application] = OrderedDict()

    async def probably(self, client_id: str) -> Application | None:
        """The record, perhaps an old version of it."""
        kept = self._kept.get(client_id)
        if kept is None:
            return await self.fresh(client_id)
        self._kept.move_to_end(client_id)
        return kept

    async def fresh(self, client_id: str) -> Application | None:
        """The record as the copy holds it now; None where neither it nor registry knows this client_id.

        Raises what asking registry raises: NoInstance, DeadlinePassed.
        """
        if len(client_id) > ASKABLE:
            return None
        found = await self._found(client_id)
        if found is not None:
            self._keep(found)
        return found

    async def _found(self, client_id: str) -> Application | None:
        if is_address(client_id):
            return None if self._ask_document is None else await self._ask_document(client_id)
        found = await store.find(self._db, client_id)
        if found is None:
            found = await self._ask_owner(client_id)
            if found is not None:
                await store.upsert(self._db, found)
        return found

    def _keep(self, app: Application) -> None:
        self._kept[app.client_id] = app
        self._kept.move_to_end(app.client_id)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
