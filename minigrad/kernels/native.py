"""The native table: the kernels of csrc/ through minigrad._native.

For every function of the extension that the reference table has a kernel for there is a method here, made by `_method`. It asks
the extension first, which answers None where it cannot serve the arguments (another dtype than float32, a layout or a
broadcast it does not know); then the reference kernel of the same name runs. MINIGRAD_SHOW_FALLBACKS=1 prints a line for each
kernel that numpy computes, once for each combination of dtypes; one that only calls native kernels is none of them.
"""

import os
import sys
import threading
from functools import wraps
from inspect import getmembers, isfunction, signature

import numpy

import minigrad._native as _native  # not `from`: a missing module is then a ModuleNotFoundError
from minigrad.kernels.kinds import NO_KERNELS, PLAIN_MEMORY, VIEWS
from minigrad.kernels.places import axis_of, rows_of
from minigrad.kernels.reference import Kernels, is_basic

SHOW = os.environ.get("MINIGRAD_SHOW_FALLBACKS", "") not in ("", "0")
SILENT = NO_KERNELS | VIEWS | PLAIN_MEMORY
_shown = set()
_served = threading.local()     # calls: how many the extension has served in this thread, while fallbacks are shown


def _counting(function):
    """The extension's function, which counts what it serves."""

    def call(*args):
        found = function(*args)
        _served.calls = getattr(_served, "calls", 0) + (found is not None)
        return found

    return call


def _words(a):
    """An argument in few words: float32 (2, 3), [2 of float64 (4, 2)], 0.1."""
    if isinstance(a, list):
        return f"[{len(a)} of {_words(a[0])}]" if a else "[]"
    return f"{a.dtype} {a.shape}" if hasattr(a, "dtype") else repr(a)


def _showing(name, reference):
    """The reference kernel, which says once for the dtypes that it finds that it ran, and with what."""

    @wraps(reference)
    def fallback(self, *args, **keywords):
        served = getattr(_served, "calls", 0)
        result = reference(self, *args, **keywords)
        key = name, *(getattr(a, "dtype", None) for a in args)
        if getattr(_served, "calls", 0) == served and key not in _shown:
            _shown.add(key)
            found = ", ".join(_words(a) for a in args if a is not None)
            print(f"minigrad: {name} runs on numpy for ({found})", file=sys.stderr)
        return result

    return fallback


# What runs where the extension does not serve.
REFERENCE = {name: _showing(name, kernel) if SHOW and name[0] != "_" and name not in SILENT else kernel
             for name, kernel in getmembers(Kernels, isfunction)}


class Native(Kernels):
    """Kernels on numpy arrays, float32 in C++. Images lie channels-last in memory under their NCHW shape."""

    name = "native"

    def __init__(self):
        super().__init__(numpy)

    @property
    def facts(self):
        return {"isa": _native.isa(), "threads": _native.num_threads()}

    # Those that prepare their arguments in Python, or hand on fewer of them. The aux of cross_entropy is softmax(z), that of
    # batch_norm what csrc/kernels/norm.cpp keeps.

    def reshape(self, a, shape):
        y = None if a.flags.c_contiguous else _native.reshape(a, shape)
        return REFERENCE["reshape"](self, a, shape) if y is None else y

    def put(self, g, index, shape, out=None):
        y, axis = None, axis_of(index)
        if axis:
            places = numpy.ascontiguousarray(index[axis], numpy.int64)
            y = _native.put_slices(numpy.ascontiguousarray(g), places, axis, shape, out)
        elif not is_basic(index):
            places, sizes = rows_of(index, shape)
            y = _native.put(numpy.ascontiguousarray(g), places, sizes, shape, out)
        return REFERENCE["put"](self, g, index, shape, out) if y is None else y

    def put_along(self, g, index, axis, shape, out=None):
        places = numpy.ascontiguousarray(index, numpy.int64)
        y = _native.put_along(numpy.ascontiguousarray(g), places, axis, shape, out)
        return REFERENCE["put_along"](self, g, index, axis, shape, out) if y is None else y

    def take_along(self, a, index, axis, out=None):
        y = _native.take_along(a, numpy.ascontiguousarray(index, numpy.int64), axis, out)
        return REFERENCE["take_along"](self, a, index, axis, out) if y is None else y

    def overwrite(self, a, index, values, out=None):
        y = _onto(_native.overwrite, a, index, values, out)
        return REFERENCE["overwrite"](self, a, index, values, out) if y is None else y

    def add_at(self, a, index, g, out=None):
        axis = axis_of(index)
        if axis:
            places = numpy.ascontiguousarray(index[axis], numpy.int64)
            g = numpy.broadcast_to(g, (*a.shape[:axis], *places.shape, *a.shape[axis + 1:]))
            y = _native.add_slices(a, numpy.ascontiguousarray(g), places, axis, out)
        else:
            y = _onto(_native.add_at, a, index, g, out)
        return REFERENCE["add_at"](self, a, index, g, out) if y is None else y

    def overwrite_along(self, a, index, values, axis, out=None):
        y = _native.overwrite_along(a, numpy.ascontiguousarray(index, numpy.int64), numpy.ascontiguousarray(values), axis, out)
        return REFERENCE["overwrite_along"](self, a, index, values, axis, out) if y is None else y

    def add_along(self, a, index, g, axis, out=None):
        y = _native.add_along(a, numpy.ascontiguousarray(index, numpy.int64), numpy.ascontiguousarray(g), axis, out)
        return REFERENCE["add_along"](self, a, index, g, axis, out) if y is None else y

    def batch_norm_backward(self, g, x, gamma, aux, eps, out=None):
        gradients = _native.batch_norm_backward(g, x, gamma, aux, out)
        return REFERENCE["batch_norm_backward"](self, g, x, gamma, aux, eps, out) if gradients is None else gradients


def _onto(native, a, index, values, out):
    """What the extension writes at whole rows that integer arrays name; None for any other index."""
    parts = index if isinstance(index, tuple) else (index,)
    if not parts or not all(isinstance(p, numpy.ndarray) and p.dtype.kind in "iu" for p in parts):
        return None
    places, sizes = rows_of(index, a.shape)
    values = numpy.broadcast_to(values, places[0].shape + a.shape[len(parts):])
    return native(a, places, sizes, numpy.ascontiguousarray(values), out)


_METHOD = """
def {name}(self, {declared}):
    found = native({passed})
    return reference(self, {passed}) if found is None else found
"""


def _method(name):
    """The method of one kernel: its text, with the reference's own arguments, for a call by position is the quickest."""
    reference = getattr(Kernels, name)
    parameters = [p for p in signature(reference).parameters.values() if p.name != "self"]
    text = _METHOD.format(name=name, declared=", ".join(map(str, parameters)), passed=", ".join(p.name for p in parameters))
    native = getattr(_native, name)
    room = {"native": _counting(native) if SHOW else native, "reference": REFERENCE[name]}
    exec(text, room)
    method = room[name]
    method.__doc__, method.__module__, method.__qualname__ = reference.__doc__, __name__, f"Native.{name}"
    return method


for _name in dir(_native):
    if not _name.startswith("_") and _name not in vars(Native) and hasattr(Kernels, _name):
        setattr(Native, _name, _method(_name))
if SHOW:
    for _name in REFERENCE.keys() - vars(Native).keys() - SILENT:
        setattr(Native, _name, REFERENCE[_name])
