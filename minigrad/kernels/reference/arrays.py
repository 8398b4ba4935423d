"""Arrays of a device: how they are made, copied, converted, lent, told apart, and given back in `out=`."""

import zlib
from contextlib import nullcontext

import numpy

from minigrad.kernels.dtypes import NUMERIC


class Arrays:
    """What a table must know of its arrays; every other family stands on it."""

    name = "numpy"

    def __init__(self, xp):
        self.xp = xp
        self.array = getattr(xp, "ndarray", None)       # the type of this device's arrays
        self._ones = {}

    def __repr__(self):
        return f"<minigrad kernels: {self.name}>"

    @property
    def facts(self):
        """What the bits and the speed depend on besides the versions: {"isa": ..., "threads": ...}, None where another
        library decides."""
        return {"isa": None, "threads": None}

    def asarray(self, a, dtype=None):
        """`a` as an array of this device; copied only if it must be. What holds no numbers (texts, dates, objects) comes back
        as numpy's array of them, whatever the device: the caller refuses it by its dtype."""
        if self.xp is not numpy and not isinstance(a, self.array):
            a = numpy.asarray(a)
            if a.dtype.kind not in NUMERIC:
                return a
        return self.xp.asarray(a, dtype=dtype)

    def to_numpy(self, a):
        """`a` as a numpy array: the one way out of the device. Shares memory where it can; elsewhere it copies, and waits."""
        return a

    def empty(self, shape, dtype):
        return self.xp.empty(shape, dtype)

    def full(self, shape, value, dtype):
        return self.xp.full(shape, value, dtype)

    def start_of_backward(self, dtype):
        """1, as a 0-d array: the gradient of a result in itself, with which backward starts. It is the same array every time,
        and nobody can write to it, as its memory is that of a bytes object."""
        if dtype not in self._ones:
            self._ones[dtype] = self.xp.frombuffer(self.xp.ones((), dtype).tobytes(), dtype).reshape(())
        return self._ones[dtype]

    def zeros(self, shape, like):
        """Zeros in the dtype of the array `like`, beside it."""
        return self.xp.zeros(shape, like.dtype)

    def copy(self, a, out=None):
        """A copy with memory of its own, in the memory order of `a`."""
        if out is None:
            return self.xp.array(a, copy=True, order="K")
        return self._give(a, out)

    def read_only(self, a):
        """A view of `a` that cannot be written through: what users are lent."""
        view = a[...]
        view.flags.writeable = False
        return view

    def memory(self, a):
        """Where `a` lies: (its first byte, the one after its last), by which arrays that share memory meet, whoever made
        them; None for what is no array of this device and for one without elements."""
        if not isinstance(a, self.array) or not a.size:
            return None
        return self.xp.lib.array_utils.byte_bounds(a)

    def checksum(self, a):
        """A number that changes, in all likelihood, with the contents of `a` (it waits for the device)."""
        return zlib.crc32(self.to_numpy(a).tobytes()) if isinstance(a, self.array) else None

    def astype(self, a, dtype, out=None):
        with self._quiet():
            return self._give(a.astype(dtype), out)

    def assign(self, a, index, value):
        """a[index] = value, in place. value: a number or an array of this device, broadcast and cast to the dtype of `a`."""
        a[index] = value

    def tally(self, total, value, weight=1):
        """total += weight value, in place, in total's dtype: what a loop adds up without looking. Both 0-d, weight an int."""
        if self.xp is numpy:                # the host's own memory: nobody waits, and numbers are quicker than 0-d arrays
            total[()] = total.item() + value.item() * weight
            return
        with self._quiet():
            self.xp.add(total, self.xp.multiply(value, weight, dtype=total.dtype), out=total)

    def all_finite(self, a):
        """Whether every number is finite (a Python bool, as has_nan's)."""
        return bool(self.xp.isfinite(a).all())

    def has_nan(self, a):
        """Whether some element is NaN (a Python bool: it waits for the device)."""
        return bool(self.xp.isnan(a).any())

    def _give(self, result, out):
        if out is None:
            return self.xp.asarray(result)
        out[...] = result
        return out

    def _quiet(self):
        """What goes on in it gives no warning: NaN, infinities and overflow are results, not accidents."""
        errstate = getattr(self.xp, "errstate", None)       # not every array library warns
        return nullcontext() if errstate is None else errstate(all="ignore")
