"""`python -m bench.registry_load PORT PATH KEY`: bench.load with an API key, 32 connections for four seconds."""

import asyncio
import json
import sys
import time

import uvloop

from bench.load import WARM_SECONDS, Connection, Tally

CONNECTIONS, SECONDS = 32, 4.0


async def load(port: int, path: str, key: str) -> dict[str, float]:
    request = (
        f"GET {path} HTTP/1.1\r\nhost: localhost:{port}\r\naccept: */*\r\nauthorization: Bearer {key}\r\n\r\n".encode()
    )
    tally, loop = Tally(), asyncio.get_running_loop()
    for _ in range(CONNECTIONS):
        await loop.create_connection(lambda: Connection(request, tally), "127.0.0.1", port)
    await asyncio.sleep(WARM_SECONDS)
    tally.counting, began = True, time.perf_counter()
    await asyncio.sleep(SECONDS)
    tally.counting, tally.going = False, False
    return {"rate": len(tally.times) / (time.perf_counter() - began), "wrong": tally.wrong}


if __name__ == "__main__":
    print(json.dumps(uvloop.run(load(int(sys.argv[1]), sys.argv[2], sys.argv[3]))))
