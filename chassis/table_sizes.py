"""How big a service's tables are, as metrics: what grows without bound is seen before it hurts."""

from collections.abc import Iterable

from chassis import metrics
from chassis.postgres import Database

Labelled = Iterable[tuple[float, dict[str, str]]]


class TableSizes:
    """Publishes what `refresh` read last; partitions count for their table."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._found: list[tuple[str, int, int]] = []
        metrics.observe_gauge("postgres.table.size", self._bytes, description="Bytes of a table with its indexes.")
        metrics.observe_gauge("postgres.table.rows", self._rows, description="Rows of a table, as the planner knows.")

    async def refresh(self) -> None:
        rows = await self._db.fetch(
            """select coalesce(pg_partition_root(c.oid), c.oid)::regclass::text as name,
                sum(pg_total_relation_size(c.oid))::bigint as bytes, sum(greatest(c.reltuples, 0))::bigint as rows
            from pg_class c where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace group by 1"""
        )
        self._found = [(row["name"], row["bytes"], row["rows"]) for row in rows]

    def _bytes(self) -> Labelled:
        for name, size, _ in self._found:
            yield size, {"table": name}

    def _rows(self) -> Labelled:
        for name, _, rows in self._found:
            yield rows, {"table": name}
