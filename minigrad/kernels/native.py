"""The native table: the kernels of csrc/ through minigrad._native.

For every function of the extension that the reference table has a kernel for there is a method here, made by `_method`. It asks
the extension first, which answers None where it cannot serve the arguments (another dtype than float32, a layout or a
broadcast it does not know); then the reference kernel of the same name runs. MINIGRAD_SHOW_FALLBACKS=1 prints a line for each
kernel to which that happens, once.
"""

import os
import sys
from inspect import signature

import numpy

import minigrad._native as _native  # not `from`: a missing module is then a ModuleNotFoundError
from minigrad.kernels.places import rows_of
from minigrad.kernels.reference import Kernels, is_basic


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
        return super().reshape(a, shape) if y is None else y

    def put(self, g, index, shape, out=None):
        y = None
        if not is_basic(index):
            places, sizes = rows_of(index, shape)
            y = _native.put(numpy.ascontiguousarray(g), places, sizes, shape, out)
        return super().put(g, index, shape, out) if y is None else y

    def put_along(self, g, index, axis, shape, out=None):
        places = numpy.ascontiguousarray(index, numpy.int64)
        y = _native.put_along(numpy.ascontiguousarray(g), places, axis, shape, out)
        return super().put_along(g, index, axis, shape, out) if y is None else y

    def batch_norm_backward(self, g, x, gamma, aux, eps, out=None):
        gradients = _native.batch_norm_backward(g, x, gamma, aux, out)
        return super().batch_norm_backward(g, x, gamma, aux, eps, out) if gradients is None else gradients


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
    room = {"native": getattr(_native, name), "reference": _shown(name, reference) if _SHOW else reference}
    exec(text, room)
    method = room[name]
    method.__doc__, method.__module__, method.__qualname__ = reference.__doc__, __name__, f"Native.{name}"
    return method


_SHOW = os.environ.get("MINIGRAD_SHOW_FALLBACKS", "") not in ("", "0")
_shown_already = set()


def _shown(name, reference):
    """The reference kernel, which says once that it runs in the native one's place, and with what."""

    def fallback(self, *args, **keywords):
        if name not in _shown_already:
            _shown_already.add(name)
            found = ", ".join(f"{a.dtype} {a.shape}" if hasattr(a, "dtype") else repr(a) for a in args)
            print(f"minigrad: {name} runs on numpy for ({found})", file=sys.stderr)
        return reference(self, *args, **keywords)

    return fallback


for _name in dir(_native):
    if not _name.startswith("_") and _name not in vars(Native) and hasattr(Kernels, _name):
        setattr(Native, _name, _method(_name))
