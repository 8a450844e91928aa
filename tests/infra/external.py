"""Standing servers by URL, shared by the workers: each gets databases, a NATS address and a Redis number of its own."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager


@contextmanager
def servers(worker: int, environ: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """LOGI_TEST_POSTGRES_URL (may create roles and databases), LOGI_TEST_NATS_URLS (one per worker: accounts of one
    server, with comma between them), LOGI_TEST_REDIS_URL (its databases 0, 1, … are emptied)."""
    names = ("LOGI_TEST_POSTGRES_URL", "LOGI_TEST_NATS_URLS", "LOGI_TEST_REDIS_URL")
    missing = [name for name in names if not environ.get(name)]
    if missing:
        raise ValueError(f"LOGI_TEST_INFRA=external needs {', '.join(missing)}")
    postgres, nats, redis = (environ[name] for name in names)
    addresses = [address.strip() for address in nats.split(",")]
    if worker >= len(addresses):
        raise ValueError(f"worker {worker} has no NATS of its own: LOGI_TEST_NATS_URLS names {len(addresses)}")
    yield postgres, addresses[worker], f"{redis.rstrip('/')}/{worker}"
