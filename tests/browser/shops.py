"""Pages of relying parties on origins of their own, for tests of the widget."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = """<!doctype html><html lang="en"><title>Shop</title><h1>Shop</h1>
{body}
<p id="outcome"></p>
<script>
for (const type of ["logi:code", "logi:error"]) document.addEventListener(type, (event) => {{
  event.preventDefault();
  document.querySelector("#outcome").textContent = JSON.stringify({{ type, ...event.detail }});
}});
addEventListener("message", (event) => document.body.dataset.heard = event.origin);
</script>
<script src="{issuer}/widget.js"></script>
"""


class Shop:
    """A site with one page, whose body a test decides on."""

    def __init__(self, port: int) -> None:
        self.origin = f"http://127.0.0.1:{port}"
        self.page = b""


@contextmanager
def open_shop() -> Iterator[Shop]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(shop.page)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    shop = Shop(server.server_port)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield shop
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
