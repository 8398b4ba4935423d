"""Whether there is a terminal, or a notebook, to draw a bar on."""

import sys
from importlib.util import find_spec


def stderr_is_a_terminal() -> bool:
    """False too where stderr was closed, or never was (pythonw, a service)."""
    try:
        return sys.stderr is not None and sys.stderr.isatty()
    except (OSError, ValueError, AttributeError):
        return False


def in_a_notebook() -> bool:
    """Whether this process is the kernel of a notebook (Jupyter, Colab, VS Code): cells show what is written to stdout."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return shell is not None and "IPKernelApp" in getattr(shell, "config", ())


def a_bar_is_seen() -> bool:
    """Whether somebody may watch a bar: at a terminal, or in a notebook with widgets, without which it is a heap of lines."""
    return stderr_is_a_terminal() or in_a_notebook() and find_spec("ipywidgets") is not None
