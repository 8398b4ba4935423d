"""How much memory the process has needed."""

import sys
from typing import Any

resource: Any
try:
    import resource
except ImportError:         # Windows
    resource = None


def peak_megabytes() -> float | None:
    """The most memory that the process has had at one time, in MB (1e6 bytes), or None where the system does not say."""
    if resource is None:
        return None
    unit = 1 if sys.platform == "darwin" else 1024      # getrusage(2): bytes there, KiB elsewhere
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6, 1)
