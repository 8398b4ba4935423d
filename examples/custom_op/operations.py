"""Three operations of one's own: one right, one wrong, one over a compiled kernel."""

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

import minigrad as mg

# ---- with minigrad's operations: differentiable to every order

@mg.custom_function
def variance(x):
    """The variance of each row: x (..., N) -> (...)."""
    return mg.mean((x - mg.mean(x, -1, keepdims=True)) ** 2, -1)


@variance.gradient
def variance_gradient(g, y, x):
    """d y / d x_i = 2 (x_i - mean) / N: the way through the mean cancels."""
    return g.reshape((*g.shape, 1)) * 2 * (x - mg.mean(x, -1, keepdims=True)) / x.shape[-1]


# ---- the same with a slip that a test on a square matrix does not see

@mg.custom_function
def wrong_variance(x):
    """The variance of each row: x (B, N) -> (B,)."""
    return mg.mean((x - mg.mean(x, -1, keepdims=True)) ** 2, -1)


@wrong_variance.gradient
def wrong_variance_gradient(g, y, x):
    """Divides by the number of rows."""
    return g.reshape((*g.shape, 1)) * 2 * (x - mg.mean(x, -1, keepdims=True)) / len(x)


# ---- over a kernel in C

class Swish(mg.Function):
    """y = x / (1 + exp(-x)), computed by kernel.c; `Swish.apply(x)`."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return _run("swish", x.numpy())

    @staticmethod
    @mg.once_differentiable         # the kernel's result is not part of the graph
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return _run("swish_gradient", x.numpy(), g.numpy())


def swish(x):
    return Swish.apply(x)


COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
_library = None


def _run(name, *arrays):
    """Call name_float or name_double(n, arrays..., result) of kernel.c, which wants rows one after another."""
    arrays = [np.asarray(a, order="C") for a in arrays]        # ascontiguousarray would make a 0-d array 1-d
    result = np.empty(arrays[0].shape, arrays[0].dtype)
    function = getattr(_compiled(), f"{name}_{'float' if result.dtype == np.float32 else 'double'}")
    function(ctypes.c_long(result.size), *[a.ctypes.data_as(ctypes.c_void_p) for a in (*arrays, result)])
    return result


def _compiled():
    """kernel.c as a library, compiled when first needed."""
    global _library
    if _library is None:
        if COMPILER is None:
            raise RuntimeError("[swish] its kernel needs a C compiler, and there is none (cc, gcc or clang)")
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            library, source = Path(folder, "kernel.so"), Path(__file__).with_name("kernel.c")
            subprocess.run([COMPILER, "-O2", "-shared", "-fPIC", "-o", library, source, "-lm"], check=True)
            _library = ctypes.CDLL(str(library))
    return _library
