"""The reckoning after a fault: what was acknowledged against what was pushed, polled and kept."""

import asyncio
import itertools
import json
import time
from collections import Counter
from dataclasses import dataclass, field

import httpx

from tests.faults.load import Load
from tests.faults.people import Person, Unsure
from tests.faults.platform import SERVICES, Platform
from tests.system.journey.world import World

PATIENCE_SECONDS = 90.0
"""A webhook that met a fault comes again after 5 s, one whose sender died after 10 s."""


@dataclass
class Line:
    """One line of the table."""

    fault: str
    acknowledged: int = 0
    unanswered: int = 0
    delivered: int = 0
    polled: int = 0
    duplicated: int = 0
    lost: int = 0
    seconds: float = 0.0
    """Until all was ready again."""
    settling: float = 0.0
    """From the end of the load until all had been delivered and all copies agreed."""
    broken: list[str] = field(default_factory=list)


class Reckoning:
    """Compares the whole history each time; a line tells what one fault added."""

    def __init__(self, platform: Platform, world: World, load: Load) -> None:
        self._platform, self._world, self._load = platform, world, load
        self._before = Line("")

    async def settled(self, fault: str) -> Line:
        """Waits for what is on its way, but not for ever, and says what came of everything so far."""
        began = time.monotonic()
        while True:
            late = time.monotonic() - began > PATIENCE_SECONDS
            try:
                now = await self._now()
                apart = [] if now.lost else await self._contradictions()
            except Unsure:
                if late:
                    raise
            else:
                if late or not (now.lost or apart):
                    break
            await asyncio.sleep(0.3)
        now.broken += [*self._load.ledger.violations, *apart]
        line = self._since(fault, now)
        line.settling = time.monotonic() - began
        self._before = now
        self._load.ledger.violations.clear()
        return line

    async def _now(self) -> Line:
        ledger = self._load.ledger
        hooks = self._hooks()
        now = Line("", ledger.acknowledged, ledger.unanswered, len(hooks), 0, hooks.total() - len(hooks))
        for person in self._load.people:
            polled = await self._polled(person)
            wanted = ledger.unlinked[person.linked.client_id]
            now.polled += len(polled)
            now.lost += max(0, wanted - len(polled)) + len([event for event in polled if event not in hooks])
            if len(polled) > wanted:
                now.broken.append(f"{wanted} endings at {person.linked.client_id} made {len(polled)} events")
            if len(set(polled)) != len(polled):
                now.broken.append("an event was polled twice")
        return now

    def _hooks(self) -> Counter[str]:
        return Counter(json.loads(hook.body)["event_id"] for hook in self._world.hooks)

    async def _polled(self, person: Person) -> list[str]:
        basic = httpx.BasicAuth(person.linked.client_id, person.linked.secret or "")
        found: list[str] = []
        query = "limit=1000"
        while True:
            answer = await person.ask("GET", f"/api/v1/events?{query}", auth=basic)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            found += [event["event_id"] for event in page["events"]]
            if not page["has_more"]:
                return found
            query = f"limit=1000&since={page['next_cursor']}"

    async def _contradictions(self) -> list[str]:
        changed = await asyncio.gather(*(changing.check() for changing in self._load.changing))
        proven = await asyncio.gather(*(proving.check() for proving in self._load.proving))
        found = list(itertools.chain(*changed, *proven))
        for service in SERVICES:
            found += await self._stuck(service)
        return [*found, *await self._copies(), *await self._unfinished()]

    async def _unfinished(self) -> list[str]:
        """A webhook whose sender could not note its arrival comes again, as part of this fault and not of the next."""
        rows = await self._platform.rows(
            "delivery",
            """select event_id, attempts, last_reason from webhook_outbox
            where delivered_at is null and skipped_at is null""",
        )
        return [f"not known to have arrived: {tuple(row)}" for row in rows]

    async def _stuck(self, service: str) -> list[str]:
        """Nothing waits in an outbox, nothing was parked, nobody has stopped listening, and no event stands twice."""
        counts = await self._platform.rows(
            service,
            """select (select count(*) from outbox) as waiting, (select count(*) from parked) as parked,
                (select count(*) from marks where state <> 'following') as astray,
                (select count(*) - count(distinct convert_from(payload, 'UTF8')::jsonb ->> 'event_id')
                 from outbox_log) as repeated""",
        )
        return [f"{service}: {count} {name}" for name, count in counts[0].items() if count]

    async def _copies(self) -> list[str]:
        """The applications that auth and delivery hold against registry's, record by record."""
        owned = await self._platform.rows(
            "registry",
            "select client_id, version, secret_sha256, webhook_url from applications where deleted_at is null",
        )
        held = await self._platform.rows(
            "auth",
            """select client_id, version, record ->> 'secret_sha256' as secret_sha256,
                record ->> 'webhook_url' as webhook_url from clients where deleted_at is null""",
        )
        told = await self._platform.rows(
            "delivery", "select client_id, version, webhook_url from endpoints where not deleted"
        )
        wanted = {tuple(row) for row in owned}
        found = [f"auth's copy differs: {row[:2]}" for row in wanted ^ {tuple(row) for row in held}]
        short = {(row["client_id"], row["version"], row["webhook_url"]) for row in owned}
        return found + [f"delivery's copy differs: {row[:2]}" for row in short ^ {tuple(row) for row in told}]

    def _since(self, fault: str, now: Line) -> Line:
        then = self._before
        return Line(
            fault,
            now.acknowledged - then.acknowledged,
            now.unanswered - then.unanswered,
            now.delivered - then.delivered,
            now.polled - then.polled,
            now.duplicated - then.duplicated,
            now.lost,
            broken=now.broken,
        )
