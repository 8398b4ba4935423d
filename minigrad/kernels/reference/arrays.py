"""Arrays of a device: how they are made, copied, converted, lent, told apart, and given back in `out=`."""

import zlib


class Arrays:
    """What a table must know of its arrays; every other family stands on it."""

    name = "numpy"

    def __init__(self, xp):
        self.xp = xp
        self.array = getattr(xp, "ndarray", None)       # the type of this device's arrays
        self._ones = {}

    def __repr__(self):
        return f"<minigrad kernels: {self.name}>"

    def asarray(self, a, dtype=None):
        """`a` as an array of this device; copied only if it must be."""
        return self.xp.asarray(a, dtype=dtype)

    def to_numpy(self, a):
        """`a` as a numpy array, for printing, saving and testing; shares memory where it can."""
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

    def has_nan(self, a):
        """Whether some element is NaN (a Python bool: it waits for the device)."""
        return bool(self.xp.isnan(a).any())

    def _give(self, result, out):
        if out is None:
            return self.xp.asarray(result)
        out[...] = result
        return out

    def _quiet(self):
        return self.xp.errstate(all="ignore")
