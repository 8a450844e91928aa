"""What every logi process stands on, and nothing that knows of identity."""

import sys

if "rich" not in sys.modules:
    # structlog would load it for tracebacks in colour, which nobody draws here: 4 MB in every process.
    sys.modules["rich"] = None  # type: ignore[assignment]
    import structlog  # noqa: F401

    del sys.modules["rich"]
