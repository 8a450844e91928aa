"""One request on its way through the gateway, and what has been found out about it so far."""

from contracts.principal import Principal
from gateway.arrival import Arrival
from gateway.headers import Shown
from gateway.table import Entry


class Exchange:
    """Filled in step by step by gateway.edge."""

    __slots__ = ("arrival", "body", "encoded_principal", "entry", "path", "principal", "query", "request_id", "shown")

    shown: Shown
    arrival: Arrival
    entry: Entry
    principal: Principal
    encoded_principal: bytes

    def __init__(self, request_id: str, path: bytes, query: bytes) -> None:
        self.request_id, self.path, self.query = request_id, path, query
        self.body = b""
