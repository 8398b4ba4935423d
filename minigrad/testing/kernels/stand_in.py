"""A device that is none: numpy behind arrays that cannot be looked into unnoticed, as those of a real one cannot for free.

    k = StandIn()
    ...                         # a training step on k's arrays
    assert not k.noticed        # nothing was read back or uploaded, and no shape depended on data

`StandIn` is the reference table over `Namespace`, which is to numpy what another array library is: its arrays, `Remote`, have
shape, dtype and arithmetic; whoever asks for their numbers, hands numpy arrays to its functions, or asks for a result whose
shape depends on data, is noted in `noticed`, with the line of minigrad that did.
"""

import sys
from types import ModuleType
from typing import Any

import numpy as np

from minigrad.kernels import reference_table
from minigrad.kernels.reference import Kernels

UPLOADS = "array", "asarray", "ascontiguousarray", "frombuffer", "fromiter"
BY_DATA = "nonzero", "flatnonzero", "argwhere", "unique", "bincount", "compress", "extract"      # shapes that depend on data


class Remote:
    """An array of the stand-in."""

    __slots__ = ("_array", "_note", "__weakref__")
    __array_ufunc__ = None                      # numpy's scalars leave operators to this class

    def __init__(self, array: Any, note: Any):
        self._array, self._note = np.asarray(array), note

    real = property(lambda self: Remote(self._array.real, self._note),
                    lambda self, part: self._array.real.__setitem__(..., bare(part)))
    imag = property(lambda self: Remote(self._array.imag, self._note),
                    lambda self, part: self._array.imag.__setitem__(..., bare(part)))
    shape = property(lambda self: self._array.shape)
    dtype = property(lambda self: self._array.dtype)
    ndim = property(lambda self: self._array.ndim)
    size = property(lambda self: self._array.size)
    strides = property(lambda self: self._array.strides)
    flags = property(lambda self: self._array.flags)
    base = property(lambda self: self._array.base)
    T = property(lambda self: Remote(self._array.T, self._note))

    def __getitem__(self, index: Any) -> "Remote":
        self._look(index, index)
        return Remote(self._array[bare(index)], self._note)

    def __setitem__(self, index: Any, value: Any) -> None:
        self._look(index, (index, value))
        self._array[bare(index)] = bare(value)

    def _look(self, index: Any, given: Any) -> None:
        if any(a.dtype == bool for a in leaves(index) if hasattr(a, "dtype")):
            self._note("a boolean mask as an index: a shape that depends on data")
        if any(isinstance(a, np.ndarray) for a in leaves(given)):
            self._note("a numpy array beside a device's: an upload")

    def __repr__(self) -> str:
        return f"<{self.dtype} {self.shape} on a stand-in>"


def _arithmetic(name: str) -> Any:
    def method(self: Remote, *others: Any) -> Any:
        if any(isinstance(a, np.ndarray) for a in others):
            self._note("a numpy array beside a device's: an upload")
        found = getattr(self._array, name)(*map(bare, others))
        return found if found is NotImplemented else Remote(found, self._note)

    return method


def _computed(name: str) -> Any:
    def method(self: Remote, *args: Any, **options: Any) -> Remote:
        if any(isinstance(a, np.ndarray) for a in leaves((args, list(options.values())))):
            self._note("a numpy array as an argument: an upload")
        return Remote(getattr(self._array, name)(*bare(args), **{k: bare(v) for k, v in options.items()}), self._note)

    return method


def _read(name: str) -> Any:
    def method(self: Remote, *args: Any, **options: Any) -> Any:
        self._note(f"{name}: a device was read")
        return getattr(self._array, name)(*args, **options)

    return method


for _name in ("add radd sub rsub mul rmul truediv rtruediv floordiv mod pow rpow matmul rmatmul neg abs invert and rand or ror "
              "xor rxor lshift rshift eq ne lt le gt ge").split():
    setattr(Remote, f"__{_name}__", _arithmetic(f"__{_name}__"))
for _name in "reshape transpose astype copy sum max min mean any all argmax take ravel".split():
    setattr(Remote, _name, _computed(_name))
for _name in "bool int float index complex array iter contains".split():
    setattr(Remote, f"__{_name}__", _read(f"__{_name}__"))
for _name in "item tolist tobytes nonzero".split():
    setattr(Remote, _name, _read(_name))
Remote.__hash__ = object.__hash__       # type: ignore[method-assign]    # == is elementwise


def leaves(a: Any) -> Any:
    """What lies in nested tuples and lists."""
    if isinstance(a, (tuple, list)):
        for part in a:
            yield from leaves(part)
    else:
        yield a


def bare(a: Any) -> Any:
    """numpy's arrays for the stand-in's, in tuples and lists too."""
    if isinstance(a, Remote):
        return a._array
    return type(a)(map(bare, a)) if type(a) in (tuple, list) else a


class Namespace:
    """numpy's functions on `Remote` arrays. note: called with what a device would have waited for."""

    def __init__(self, of: Any, note: Any):
        self._of, self._note = of, note

    def __getattr__(self, name: str) -> Any:
        if name == "ndarray":
            return Remote
        found = getattr(self._of, name)
        if isinstance(found, ModuleType):
            return Namespace(found, self._note)
        if isinstance(found, type) or not callable(found):
            return found
        return _Function(found, name, self._note)


class _Function:
    """A function of numpy's, or one of a ufunc's methods."""

    def __init__(self, of: Any, name: str, note: Any):
        self._of, self._name, self._note = of, name, note

    def __getattr__(self, name: str) -> "_Function":
        return _Function(getattr(self._of, name), name, self._note)

    def __call__(self, *args: Any, **options: Any) -> Any:
        given = list(leaves((args, list(options.values()))))
        sent = self._name in UPLOADS and not isinstance(next(leaves(args[0])), Remote)
        if sent or any(isinstance(a, np.ndarray) for a in given):
            self._note(f"{self._name}: an upload")
        if self._name in BY_DATA or self._name == "where" and len(args) == 1:
            self._note(f"{self._name}: a shape that depends on data")
        found = self._of(*bare(args), **{key: bare(a) for key, a in options.items()})
        for a in given:
            if isinstance(a, Remote) and a._array is found:         # out=, or an array that is one already
                return a
        return self._wrapped(found.copy() if sent else found)       # the device's memory is its own

    def _wrapped(self, found: Any) -> Any:
        if isinstance(found, (np.ndarray, np.generic)):
            return Remote(found, self._note)
        return type(found)(map(self._wrapped, found)) if type(found) in (tuple, list) else self._named(found)

    def _named(self, found: Any) -> Any:
        """numpy's named tuples, as those of np.linalg, with arrays of the stand-in; anything else as it is."""
        return type(found)(*map(self._wrapped, found)) if isinstance(found, tuple) else found


class StandIn(Kernels):
    """The reference table on a device that is none. noticed: what a real device would have waited for, since it was last
    cleared; reads: how often an array was read.

    As on a real device, places out of range wrap round, and a class that does not exist is found when the next array is read.
    """

    name = "stand-in"

    def __init__(self) -> None:
        self.noticed: list[str] = []
        self.reads = 0
        self._wrong: Any = None
        super().__init__(Namespace(np, self._notice))

    def _notice(self, what: str) -> None:
        frame = sys._getframe(1)
        while frame.f_back is not None and frame.f_code.co_filename == __file__:
            frame = frame.f_back
        self.noticed.append(f"{what} ({frame.f_code.co_filename}:{frame.f_lineno})")

    def to_numpy(self, a: Any) -> Any:
        if not isinstance(a, Remote):
            return a
        self.reads += 1
        self._notice("to_numpy: a device was read")
        wrong, self._wrong = self._wrong, None
        if wrong is not None:
            reference_table().check_classes(*wrong)
        return a._array.copy(order="K")

    def take_along(self, a: Any, index: Any, axis: int, out: Any = None) -> Any:
        return super().take_along(a, index % a.shape[axis] if a.shape[axis] else index, axis, out)

    def check_classes(self, target: Any, classes: int, op: str = "cross_entropy") -> None:
        """Notes a target that is no class, to be told when an array is next read."""
        found = ((target < 0) | (target >= classes)).any()
        if self._wrong is None and found._array:        # the device's own doing: nobody waits for it
            self._wrong = target._array.copy(), classes, op
