"""A service whose SQL statements are counted where they leave it, in the driver; all else is as it is in production.

`python -m bench.counted services.delivery FILE`. FILE holds the count, written anew ten times a second. BEGIN and
COMMIT count like any other statement; preparing one, which happens once per connection, does not.
"""

import itertools
import runpy
import sys
import threading
import time
from pathlib import Path
from typing import Any

from chassis import postgres

_prepare = postgres._prepare  # noqa: SLF001 - production needs no switch for what only a benchmark asks
_statements = itertools.count()


async def _counting(connection: Any) -> None:
    await _prepare(connection)
    connection.add_query_logger(lambda _: next(_statements))


def _tell(file: Path) -> None:
    """A count that has been asked for is one further, so what is written is what was asked before."""
    for asked in itertools.count():
        file.with_suffix(".new").write_text(str(next(_statements) - asked))
        file.with_suffix(".new").rename(file)
        time.sleep(0.1)


if __name__ == "__main__":
    service, file = sys.argv[1:]
    postgres._prepare = _counting  # noqa: SLF001
    threading.Thread(target=_tell, args=(Path(file),), daemon=True).start()
    sys.argv = [service]
    runpy.run_module(service, run_name="__main__")
