"""How long a page of polled events takes on a table of millions, by delivery's own statement."""

import time
from typing import NamedTuple

from chassis.postgres import Database
from services.delivery.polling import store

CLIENTS = 1000


class Page(NamedTuple):
    """Times in milliseconds."""

    rows: int
    p50: float
    p99: float


async def measured(url: str, rows: int) -> Page:
    """Fills the log of a thousand applications, then reads pages from all over it."""
    db = Database(url, statement_timeout_ms=600_000)
    await db.start()
    step = 500_000
    for start in range(0, rows, step):
        await db.execute(
            """insert into event_log (client_id, sequence, event_id, event_type, occurred_at, raw_payload, accepted_at)
            select 'page_' || n % $3, n / $3 + 1, 'evt_P' || lpad(n::text, 25, '0'), 'user.unlinked', now(),
                convert_to(repeat('x', 200), 'UTF8'), now()
            from generate_series($1::bigint, $2::bigint - 1) n""",
            start,
            min(start + step, rows),
            CLIENTS,
        )
    await db.execute("analyze event_log")
    times = []
    for turn in range(200):
        began = time.perf_counter()
        page = await store.page(db, f"page_{turn * 37 % CLIENTS}", max(0, rows // CLIENTS - 1500), None, 1001)
        times.append((time.perf_counter() - began) * 1000)
        assert page
    times.sort()
    found = Page(await db.fetchval("select count(*) from event_log"), times[100], times[197])
    await db.stop()
    return found
