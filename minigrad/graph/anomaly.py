"""Anomaly mode: which line of the user's program made the first NaN, and which array was changed without a word."""

import sys
from os.path import join

from minigrad.graph.modes import FINITE

places = []         # functions that give an object which prints where in a network the program is, or None: nn/location.py's


class Where:
    """Where an operation stood: the user's line; in which module (printed, its path); whether it was to be finite."""

    __slots__ = ("line", "place", "finite")

    def __init__(self, bits):
        self.line = user_line()
        self.place = None
        for place in places:
            self.place = place()
        self.finite = bool(bits & FINITE)


def watch(k, node, inputs, ys, bits):
    """Note where an operation was called and what it saved; raise RuntimeError if its results ys contain NaN; or infinities,
    where the mode's bits say so and the inputs are finite."""
    node.where = Where(bits)
    node.sums = _sums(k, node)
    for y in ys:
        if k.has_nan(y):
            raise RuntimeError(f"[{node.name}] the result contains NaN{_brought(k, inputs)}{at_line(node)}")
    if bits & FINITE:
        watch_finite(k, node.rule, inputs + node.args, ys)


def watch_finite(k, rule, given, ys):
    """Raise RuntimeError if results are not finite that were computed from what is."""
    if not _finite(k, ys) and _finite(k, given):
        what = "NaN" if [y for y in ys if k.has_nan(y)] else "inf"
        name = rule.__name__.removesuffix("_rule")
        raise RuntimeError(f"[{name}] the result contains {what}, and what it was computed from is finite (at {user_line()})")


def _finite(k, parts):
    for part in parts:
        a = getattr(part, "_data", part)
        if isinstance(a, float):
            if a - a != 0:
                return False
        elif hasattr(a, "dtype") and not k.all_finite(a):
            return False
    return True


def _brought(k, inputs):
    """", and so does its input 0 already, of shape (3,)", if the NaN came from there."""
    for i, x in enumerate(inputs):
        a = getattr(x, "_data", x)
        if hasattr(a, "dtype") and k.has_nan(a):
            return f", and so does its input {i} already, of shape {a.shape}"
    return ""


def _sums(k, node):
    return tuple([k.checksum(a) for a in node.saved + node.arrays])


def check_sums(k, node):
    """Raise RuntimeError if an array was changed by somebody who tells nobody: numpy, another library, t.data[...] = 0."""
    if _sums(k, node) != node.sums:
        raise RuntimeError(
            f"[{node.name}] an array that it needs for its gradient has changed since{at_line(node)}: the gradient would be "
            "wrong. Was a numpy array that stands beside a tensor, or some t.data, written to before backward? Write into "
            "a copy")


def check_parts(k, node, g, parts):
    """Raise RuntimeError if a gradient that the node's rule computed from g contains NaN, or infinities where g has none and
    they are looked for. The message begins with the path of the module, as that of an error in its forward does."""
    found = "NaN" if [part for part in parts if part is not None and k.has_nan(part)] else ""
    if not found and node.where.finite and not _finite(k, parts) and _finite(k, g if node.outputs else (g,)):
        found = "inf, and what came in is finite"
    if found:
        path = str(node.where.place or "")
        raise RuntimeError(f"{path + ': ' if path else ''}[{node.name}] its gradient contains {found}; the forward operation "
                           f"stood{at_line(node)}")


def at_line(node):
    """" (at file:line in function)", for a message; nothing if it is not known, as outside anomaly mode."""
    return f" (at {node.where.line})" if node.where is not None else ""


_package = join(sys.modules["minigrad"].__path__[0], "")         # its folder


def user_line():
    """"file:line in function" of the nearest caller outside the package, by file name: compiled frames are others."""
    frame = sys._getframe()
    while frame is not None and frame.f_code.co_filename.startswith(_package):
        frame = frame.f_back
    if frame is None:
        return "an unknown line"
    return f"{frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_name}"
