"""The certificate that comes with an application for promotion: what is a PDF, before anything is kept."""

import asyncio
import sys
from typing import Final

from services.registry.promotion.inspect import REFUSED
from services.registry.promotion.refusals import InvalidDocument

MAX_BYTES: Final = 10 * 1024 * 1024
MAGIC: Final = b"%PDF-"
SECONDS: Final = 10.0
_COMMAND: Final = (sys.executable, "-m", "services.registry.promotion.inspect")
_slots = asyncio.Semaphore(2)
"""Two at a time, so that a heap of certificates does not take the machine from everybody else."""


async def check(document: bytes) -> None:
    """Raises InvalidDocument with the reason."""
    if len(document) > MAX_BYTES:
        raise _refused("it has more than 10 MB")
    if not document.startswith(MAGIC):
        raise _refused("it does not begin as a PDF does")
    async with _slots:
        process = await asyncio.create_subprocess_exec(
            *_COMMAND, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            async with asyncio.timeout(SECONDS):
                said, _ = await process.communicate(document)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise _refused("its structure takes too long to read") from None
    if process.returncode == 0:
        return
    raise _refused(said.decode()[:100] if process.returncode == REFUSED else "its structure cannot be read")


def _refused(reason: str) -> InvalidDocument:
    return InvalidDocument(f"The certificate was not accepted: {reason}.", fields={"business_registration": [reason]})
