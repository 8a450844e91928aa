"""Reads a PDF from standard input in a process of its own and says whether it is one: `python -m …promotion.inspect`.

Exit status 0 for a document with pages; otherwise 3 with the reason. A file that is made to cost time or memory meets
the limits here and nobody else.
"""

import io
import resource
import sys
from typing import Final

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import DictionaryObject

CPU_SECONDS: Final = 5
MEMORY: Final = 768 * 1024 * 1024
MAX_PAGES: Final = 200
REFUSED: Final = 3


def fault(document: bytes) -> str | None:
    """Why it is not accepted, None where it is."""
    try:
        reader = PdfReader(io.BytesIO(document), strict=False)
        if reader.is_encrypted:
            return "it is protected by a password"
        pages = len(reader.pages)
        if not 1 <= pages <= MAX_PAGES:
            return f"it has {pages} pages"
        if reader.pages[0].mediabox.width <= 0:
            return "its first page has no size"
        if _scripted(reader):
            return "it runs scripts"
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, MemoryError):
        return "its structure cannot be read"
    return None


def _scripted(reader: PdfReader) -> bool:
    """Whether it brings a script for whoever opens it."""
    root = reader.trailer["/Root"].get_object()
    if not isinstance(root, DictionaryObject):
        return True
    names, action = root.get("/Names"), root.get("/OpenAction")
    held = names.get_object() if names is not None else None
    opening = action.get_object() if action is not None else None
    return (isinstance(held, DictionaryObject) and "/JavaScript" in held) or (
        isinstance(opening, DictionaryObject) and opening.get("/S") in {"/JavaScript", "/Launch"}
    )


def main() -> int:
    """Limits itself, reads, judges."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    reason = fault(sys.stdin.buffer.read())
    if reason is not None:
        sys.stdout.write(reason)
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
