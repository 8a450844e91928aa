"""A stand-in for a platform process in tests of the supervisor: ready at once, and it notes what it was seeded with.

Run as `python -m tests.deploy.tiny_service [seed]`.
"""

import http.server
import os
import sys
from pathlib import Path


class Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet."""


if __name__ == "__main__":
    name = os.environ["LOGI_NATS_USER"]
    if os.environ.get("LOGI_TINY_BROKEN") == name:
        sys.exit(f"{name} cannot start: LOGI_THING is missing")
    if sys.argv[1:] == ["seed"]:
        with (Path(os.environ["LOGI_TINY_FOLDER"]) / f"seeded-{name}").open("ab") as note:
            note.write(sys.stdin.buffer.read())
    else:
        http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["LOGI_HEALTH_PORT"])), Ready).serve_forever()
