"""Errors that say where: "features.3: [conv2d] x has 3 channels but w expects 1 ...".

As an error rises through the modules that called each other, its message is begun anew with the path from the outermost
of them to the one that raised it. The exception stays the same object of the same type. Anomaly mode notes the modules that are
running, so that an error in a backward, when they run no more, begins with the same path.
"""

import sys
import weakref

from minigrad.graph import places


def locate(error: Exception, module) -> None:
    """Note that `error` left `module`, and begin its message with the path from there to the module that raised it."""
    args = error.args
    if type(error).__str__ is not BaseException.__str__ or len(args) != 1 or not isinstance(args[0], str):
        return                                      # its text is not simply its message (KeyError, OSError ...)
    below, path, message = vars(error).get("_raised_in", (None, "", args[0]))
    path = _from_above(module, below, path)
    error._raised_in = module, path, message        # type: ignore[attr-defined]  # our own note on it
    if path:
        error.args = (f"{path}: {message}",)


def _from_above(module, below, path):
    """The path that begins at module `below`, begun at `module`."""
    name = "" if below is None else next((n for n, m in module.named_modules() if m is below), "")
    return f"{name}.{path}" if name and path else name or path


class _Running:
    """The modules whose forward was running, the innermost first; printed, it is the path to that one."""

    def __init__(self, modules):
        self.modules = [weakref.ref(m) for m in modules]

    def __str__(self):
        below, path = None, ""
        for reference in self.modules:
            module = reference()
            if module is not None:
                path = _from_above(module, below, path)
                below = module
        return path


def _running():
    """A _Running of the modules on the stack, or None if there are none."""
    found = []
    frame = sys._getframe()
    while frame is not None:
        if frame.f_code.co_name == "__call__" and frame.f_globals.get("__name__") == "minigrad.nn.module":
            found.append(frame.f_locals["self"])
        frame = frame.f_back
    return _Running(found) if found else None


places.append(_running)
