"""Ten wrong kernels: methods of a table that is otherwise the native one, or the reference where that is not built.

Each does what a slip in a kernel of vectors, tiles and threads would do.
"""

import numpy as np

from minigrad import kernels
from minigrad.kernels import threads

Table = type(kernels.table("numpy") if threads.native() is None else kernels.table("native"))


class Wrong(Table):
    """A table with one wrong kernel, made by `planted`."""

    def __init__(self):
        super().__init__(*([np] if threads.native() is None else []))


def sum_without_tail(self, a, axis=None, keepdims=False, out=None):
    whole = a[: a.shape[0] // 8 * 8] if a.ndim == 1 else a
    return Table.sum(self, whole, axis, keepdims, out)


def sum_to_by_thread(self, a, shape, out=None):
    """Each thread adds up its rows, in its dtype; then their sums are added."""
    lead = a.ndim - len(shape)
    if lead != 1 or shape != a.shape[1:] or a.dtype.kind != "f":
        return Table.sum_to(self, a, shape, out)
    with np.errstate(all="ignore"):
        parts = [np.asarray(part.sum(0)) for part in np.array_split(a, threads.num_threads())]
        return self._give(np.add.reduce(parts), out)


def mean_without_strides(self, a, axis=None, keepdims=False, out=None):
    memory = a
    while isinstance(memory.base, np.ndarray):
        memory = memory.base
    return Table.mean(self, np.resize(memory.ravel(order="K"), a.shape), axis, keepdims, out)


def max_without_nan(self, a, axis, keepdims=False, out=None):
    return self._give(np.fmax.reduce(a, axis=axis, keepdims=keepdims), out)


def mul_flushing(self, a, b, out=None):
    y = Table.mul(self, a, b, out=out)
    if y.dtype.kind == "f":
        y[(np.abs(y) < np.finfo(y.dtype).tiny) & (y != 0)] = 0
    return y


def neg_by_subtracting(self, a, out=None):
    return self._give(0 - a, out)


def matmul_by_twos(self, a, b, out=None):
    """K in steps of two, without the last of an odd K."""
    whole = a.shape[-1] // 2 * 2
    return Table.matmul(self, a[..., :whole], b[..., :whole, :], out)


def conv2d_clamping(self, x, w, b, geometry, out=None):
    """Beyond the border it reads the border again, not zeros."""
    stride, padding, dilation, groups = geometry
    if padding != (0, 0) and x.size:
        x = np.pad(x, ((0, 0), (0, 0), *((p, p) for p in padding)), mode="edge")
        padding = (0, 0)
    return Table.conv2d(self, x, w, b, (stride, padding, dilation, groups), out)


def softmax_overflowing(self, z, axis, out=None):
    """Without the largest subtracted first."""
    with np.errstate(all="ignore"):
        e = np.exp(z)
        return self._give(e / e.sum(axis, keepdims=True), out)


def tanh_backward_in_place(self, g, y, out=None):
    """In the memory of g, where that may be written."""
    if out is None and g.flags.writeable and g.shape == y.shape:
        out = g
    return Table.tanh_backward(self, g, y, out)


WRONG_KERNELS = (
    ("sum skips the tail of the last vector", "sum", sum_without_tail),
    ("sum_to depends on the number of threads", "sum_to", sum_to_by_thread),
    ("mean takes every memory for C order without gaps", "mean", mean_without_strides),
    ("max loses NaN", "max", max_without_nan),
    ("mul flushes denormals to zero", "mul", mul_flushing),
    ("neg makes +0 of 0", "neg", neg_by_subtracting),
    ("matmul skips the last of an odd K", "matmul", matmul_by_twos),
    ("conv2d clamps at the border for zeros", "conv2d", conv2d_clamping),
    ("softmax does not subtract the largest", "softmax", softmax_overflowing),
    ("tanh_backward writes into g", "tanh_backward", tanh_backward_in_place),
)


def planted(name, method):
    """The table with that method in place of its own."""
    return type("Planted", (Wrong,), {name: method})()
