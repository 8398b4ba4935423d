"""Which kernels serve complex numbers. Any other refuses them: it would compute, but its rule is one for real numbers.

The rules of those that serve are holomorphic: the same text as for real numbers, without a conjugate. An incoming gradient is
inside the engine the row that a complex derivative is multiplied with from the left, as in JAX; the conjugate, which makes it
the direction of steepest ascent, as in PyTorch, is taken once, where a gradient leaves the engine (docs/conventions.md).
"""

from functools import wraps
from inspect import getmembers, isfunction

from minigrad.kernels.kinds import NO_KERNELS, PLAIN_MEMORY, VIEWS
from minigrad.system import names

SERVED = NO_KERNELS | VIEWS | PLAIN_MEMORY | set((
    "add sub mul div pick_mul pick_div pick_both power neg square reciprocal exp expm1 exp2 log log1p log2 log10 sqrt rsqrt "
    "sin cos tan arcsin arccos arctan sinh cosh tanh tanh_backward arcsinh arccosh arctanh constant abs equal not_equal "
    "isclose isnan isinf isfinite logical_not logical_and logical_or logical_xor where real imag conj angle complex sum mean "
    "prod any all count_nonzero cumsum cumprod recurrence sum_to concatenate pad put take_along put_along add_at overwrite "
    "overwrite_along add_along put_diagonal add_windows matmul linear linear_backward copy astype dft inverse_real_dft "
    "weigh_interior").split())


def refusal(op, dtype):
    """The error for complex numbers where an operation takes real ones only, in the name of the one that was called."""
    return TypeError(f"[{names.operation() or op}] expected real numbers, found {dtype}: mg.real, mg.imag and mg.abs make real "
                     "ones of them")


def refuse_complex(table):
    """Make every kernel of a class that does not serve complex numbers refuse them."""
    for name, kernel in getmembers(table, isfunction):
        if name[0] != "_" and name not in SERVED:
            setattr(table, name, _of_real_numbers(name, kernel))


def _of_real_numbers(name, kernel):
    @wraps(kernel)
    def checked(self, *args, **keywords):
        for a in args:
            dtype = getattr(a[0] if a.__class__ is list and a else a, "dtype", None)
            if getattr(dtype, "kind", "") == "c":
                raise refusal(name, dtype)
        return kernel(self, *args, **keywords)

    return checked
