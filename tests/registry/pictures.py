"""Pictures, and somebody's web server with them on it."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web as http_server
from PIL import Image, PngImagePlugin


def a_png(width: int = 64, height: int = 32, note: str = "") -> bytes:
    extra = PngImagePlugin.PngInfo()
    extra.add_text("Comment", note)
    out = io.BytesIO()
    Image.new("RGBA", (width, height), (200, 30, 30, 255)).save(out, "PNG", pnginfo=extra)
    return out.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


class Gallery(str):
    """The address of a server with pictures on it, and what it was asked for."""

    asked: list[str]


@asynccontextmanager
async def a_gallery() -> AsyncIterator[Gallery]:
    asked: list[str] = []
    content = {
        "/logo.png": a_png(note="<script>"),
        "/logo.svg": SVG,
        "/large.png": b"\x89PNG\r\n\x1a\n" + b"0" * 600_000,
        "/logo.txt": b"hello",
    }

    async def show(request: http_server.Request) -> http_server.Response:
        asked.append(request.path)
        return http_server.Response(body=content.get(request.path, b""), status=200 if request.path in content else 404)

    server = http_server.Application()
    server.router.add_get("/{rest:.*}", show)
    runner = http_server.AppRunner(server)
    await runner.setup()
    site = http_server.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    gallery = Gallery(f"http://127.0.0.1:{runner.addresses[0][1]}")
    gallery.asked = asked
    yield gallery
    await runner.cleanup()
