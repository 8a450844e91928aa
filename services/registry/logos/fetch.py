"""Fetches a logo through the guarded client and draws it anew, so that nothing but pixels comes through."""

import asyncio
import hashlib
import io
from datetime import timedelta
from typing import Final

from PIL import Image, UnidentifiedImageError

from chassis.outbound import OutboundFailed
from services.registry.applications.refusals import InvalidLogo
from services.registry.ground import Ground
from services.registry.logos import store

MAX_BYTES: Final = 512 * 1024
MAX_PIXELS: Final = 4096 * 4096
"""Read from the file's head, before anything is unpacked."""

SIDE: Final = 512
"""Pixels; larger ones are scaled down."""

FORMATS: Final = ("PNG", "JPEG", "WEBP")
PATH: Final = "/developer/logos/"


async def logo(ground: Ground, url: str) -> str:
    """The address of our own copy; one that is ours already stays. Raises InvalidLogo with the reason."""
    own = f"{ground.issuer}{PATH}"
    if url.startswith(own) and await store.find(ground.db, url.removeprefix(own).removesuffix(".png")) is not None:
        return url
    try:
        answer = await ground.client.fetch(
            "GET", url, [("Accept", "image/png, image/jpeg, image/webp")], max_body=MAX_BYTES, follow=2,
            total_timeout=timedelta(seconds=8),
        )  # fmt: skip
    except OutboundFailed as failure:
        raise _refused(f"It could not be fetched: {failure.reason}.") from failure
    if answer.status != 200:
        raise _refused("Its address does not answer 200.")
    if answer.truncated:
        raise _refused("It has more than 512 KB.")
    image = await asyncio.to_thread(drawn_anew, answer.body)
    digest = hashlib.sha256(image).hexdigest()
    await store.keep(ground.db, digest, image, ground.clock.now())
    return f"{own}{digest}.png"


def drawn_anew(given: bytes) -> bytes:
    """PNG of at most SIDE pixels a side, without whatever else the file carried. Raises InvalidLogo."""
    try:
        with Image.open(io.BytesIO(given), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _refused("It has more than 16 million pixels.")
            image.draft("RGB", (SIDE * 2, SIDE * 2))
            first = image.convert("RGBA")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise _refused("It is no PNG, JPEG or WebP that can be read.") from error
    first.thumbnail((SIDE, SIDE))
    first.info.clear()
    out = io.BytesIO()
    first.save(out, "PNG", optimize=True)
    return out.getvalue()


def _refused(reason: str) -> InvalidLogo:
    return InvalidLogo(reason, fields={"logo_url": [reason]})
