"""numpy's functions that reshape, pad and slide on tensors where their arguments are others than the operation's of that name;
see `numpy_functions.py`.
"""

import numpy as np

from minigrad.graph import Variable
from minigrad.ops import shape as shapes
from minigrad.ops.numpy_functions import FUNCTIONS, implements, plainly


@implements(np.reshape)
def _reshape(a, shape=None, order="C", *, newshape=None, copy=None):
    plainly(np.reshape, order=order, copy=copy)
    return shapes.reshape(a, newshape if shape is None else shape)


@implements(np.matrix_transpose, np.linalg.matrix_transpose)
def _matrix_transpose(x, /):
    return shapes.swapaxes(x, -1, -2)


FUNCTIONS[np.linalg.diagonal] = lambda x, /, *, offset=0: shapes.diagonal(x, offset, -2, -1)


@implements(np.broadcast_arrays)
def _broadcast_arrays(*args, subok=False):
    """What is no number (None, a text) becomes an array of it in the common shape, as matplotlib asks for."""
    others = {i: a for i, a in enumerate(map(_other, args)) if a is not None}
    tensors = list(shapes.broadcast_arrays(*(a for i, a in enumerate(args) if i not in others)))
    if not others:
        return tuple(tensors)
    shape = np.broadcast_shapes(tensors[0].shape, *(a.shape for a in others.values()))
    return tuple(np.broadcast_to(others[i], shape) if i in others else shapes.broadcast_to(tensors.pop(0), shape)
                 for i in range(len(args)))


def _other(a):
    found = None if isinstance(a, Variable) else np.asarray(a)
    return None if found is None or found.dtype.kind in "biuf" else found


@implements(np.lib.stride_tricks.sliding_window_view)
def _sliding_window_view(x, window_shape, axis=None, *, subok=False, writeable=False):
    plainly(np.lib.stride_tricks.sliding_window_view, writeable=writeable or None)
    return shapes.sliding_window_view(x, window_shape, axis)
