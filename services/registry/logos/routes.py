"""`GET /developer/logos/{file}`: an application's logo, for consent pages and consoles."""

from typing import Annotated

from litestar import Response
from litestar.params import PathParameter

from chassis import web
from chassis.problems import NotFound
from chassis.web import Given
from services.registry.ground import Ground
from services.registry.logos import store

FILE = r"^[0-9a-f]{64}\.png$"


@web.get("/developer/logos/{file:str}", credentials=("none",), rate="public", cached=True)
async def get_logo(file: Annotated[str, PathParameter(pattern=FILE)], ground: Given[Ground]) -> Response[bytes]:
    """A logo as PNG; its name is the digest of its bytes, so it never changes."""
    image = await store.find(ground.db, file.removesuffix(".png"))
    if image is None:
        raise NotFound
    headers = {
        "cache-control": "public, max-age=31536000, immutable",
        "etag": f'"{file.removesuffix(".png")}"',
        "content-security-policy": "default-src 'none'",
        "x-content-type-options": "nosniff",
    }
    return Response(image, media_type="image/png", headers=headers)


ROUTES = [get_logo]
