"""Anomaly mode: which line of the user's program made the first NaN, and which array was changed without a word."""

import sys
from os.path import join


def watch(k, node, ys):
    """Note where an operation was called and what it saved; raise RuntimeError if its results ys contain NaN."""
    node.where = user_line()
    node.sums = _sums(k, node)
    for y in ys:
        if k.has_nan(y):
            raise RuntimeError(f"[{node.name}] the result contains NaN{at_line(node)}")


def _sums(k, node):
    return tuple([k.checksum(a) for a in node.saved + node.arrays])


def check_sums(k, node):
    """Raise RuntimeError if an array was changed by somebody who tells nobody: numpy, another library, t.data[...] = 0."""
    if _sums(k, node) != node.sums:
        raise RuntimeError(
            f"[{node.name}] an array that it needs for its gradient has changed since{at_line(node)}: the gradient would be "
            "wrong. Was a numpy array that stands beside a tensor, or some t.data, written to before backward? Write into "
            "a copy")


def check_parts(k, node, parts):
    """Raise RuntimeError if a gradient that the node's rule computed contains NaN."""
    for part in parts:
        if part is not None and k.has_nan(part):
            raise RuntimeError(f"[{node.name}] its gradient contains NaN; the forward operation stood{at_line(node)}")


def at_line(node):
    """" (at file:line in function)", for a message; nothing if it is not known, as outside anomaly mode."""
    return f" (at {node.where})" if node.where else ""


_package = join(sys.modules["minigrad"].__path__[0], "")         # its folder


def user_line():
    """"file:line in function" of the nearest caller outside the package, by file name: compiled frames are others."""
    frame = sys._getframe()
    while frame is not None and frame.f_code.co_filename.startswith(_package):
        frame = frame.f_back
    if frame is None:
        return "an unknown line"
    return f"{frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_name}"
