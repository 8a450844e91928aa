"""Applications as they were last shown, kept in the process: the database says which state is current, each time.

So a page costs one narrow query while nothing changed, and nothing old is ever shown.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final

from chassis.postgres import Database
from services.registry.applications.store import Stored
from services.registry.lists import store
from services.registry.lists.store import Key

KEPT: Final = 5000
"""About 2 KB each; the one that was shown longest ago goes first."""

Render = Callable[[Stored, bool], bytes]
"""With its risk flags or without."""


class Rendered:
    """JSON by application, each under the state that it shows."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, bool], tuple[Key, bytes]] = OrderedDict()

    async def of(self, db: Database, keys: Sequence[Key], render: Render) -> list[bytes]:
        """In the order of `keys`; one that was purged since they were read is left out."""
        missing = [key for key in keys if not self._holds(key)]
        if missing:
            wanted = {key.id: key for key in missing}
            for stored in await store.many(db, list(wanted)):
                key = wanted[stored.application.id]
                self._kept[key.id, key.told] = key, render(stored, key.told)
        found = []
        for key in keys:
            held = self._kept.get((key.id, key.told))
            if held is not None:
                self._kept.move_to_end((key.id, key.told))
                found.append(held[1])
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return found

    def _holds(self, key: Key) -> bool:
        held = self._kept.get((key.id, key.told))
        return held is not None and held[0] == key
