"""Whether there is a terminal to draw a bar on."""

import sys


def stderr_is_a_terminal() -> bool:
    """False too where stderr was closed, or never was (pythonw, a service)."""
    try:
        return sys.stderr is not None and sys.stderr.isatty()
    except (OSError, ValueError, AttributeError):
        return False
