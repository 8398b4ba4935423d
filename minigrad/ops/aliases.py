"""Second names: what PyTorch's users type, for functions that are here under numpy's names.

`FUNCTIONS` are second names of operations, found under `mg.`, and as methods of tensors where the operation is one. `METHODS`
are PyTorch's methods that no operation is. `IN_PLACE` are operations that PyTorch also writes into a tensor, `t.add_(u)`: a
write in place has no gradient, so that they are refused where one is asked for.

`dim=` and `keepdim=` stand for `axis=` and `keepdims=` wherever there is an axis. Where numpy and PyTorch mean two things by
one name, numpy's holds; with `dim=` it is PyTorch's (`BY_DIM`): `t.max(dim=1)` gives values and indices, `t.std(dim=0)` divides
by n - 1. What has no form here says what is meant (`system/names.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import unwrap
from typing import Any

from minigrad.ops.by_dim import BY_DIM, BY_WORD, unflatten, unfold
from minigrad.ops.tensor_methods import METHODS, in_place, variadic
from minigrad.system.parameters import parameters
from minigrad.tensor import Tensor

METHODS |= {"unfold": unfold, "unflatten": unflatten}
# PyTorch's (or numpy's other) name: the operation's
FUNCTIONS = {
    "absolute": "abs", "acos": "arccos", "acosh": "arccosh", "amax": "max", "amin": "min", "asin": "arcsin", "asinh": "arcsinh",
    "atan": "arctan", "atan2": "arctan2", "atanh": "arctanh", "bitwise_left_shift": "left_shift", "bitwise_not": "invert",
    "bitwise_right_shift": "right_shift", "cat": "concatenate", "clamp": "clip", "concat": "concatenate", "divide": "div",
    "eq": "equal", "ge": "greater_equal", "gt": "greater", "le": "less_equal", "log_sigmoid": "logsigmoid", "lt": "less",
    "mm": "matmul", "bmm": "matmul", "mv": "matmul", "multiply": "mul", "ne": "not_equal", "negative": "neg",
    "permute": "transpose", "pow": "power", "remainder": "mod", "subtract": "sub", "swapdims": "swapaxes",
    "true_divide": "div", "unsqueeze": "expand_dims", "swish": "silu", "trapz": "trapezoid", "movedim": "moveaxis",
    "ger": "outer", "fix": "trunc", "rint": "round", "expit": "sigmoid", "unbind": "unstack", "degrees": "rad2deg",
    "radians": "deg2rad", "repeat_interleave": "repeat", "take_along_dim": "take_along_axis", "row_stack": "vstack",
    "broadcast_tensors": "broadcast_arrays", "empty": "zeros"}

VARIADIC = "flip", "tile"               # methods that take axes, or sizes, one by one, too
VALUES_ALONE = {"amax", "amin"}         # these give no indices with dim= either

IN_PLACE = ("abs", "add", "ceil", "clip", "copysign", "cos", "div", "exp", "floor", "lerp", "log", "maximum", "minimum",
            "mod", "mul", "neg", "power", "reciprocal", "relu", "round", "sigmoid", "sign", "sin", "sqrt", "square", "sub",
            "tanh",
            "trunc", "clamp", "pow", "remainder", "masked_fill", "scatter", "scatter_add", "index_add", "rsqrt", "log2",
            "log10",
            "log1p", "expm1", "exp2", "tan", "sinh", "cosh", "floor_divide", "fmod", "logical_and", "logical_or", "logical_not",
            "bitwise_and", "bitwise_or", "bitwise_xor", "nan_to_num", "tril", "triu", "cumsum", "cumprod", "leaky_relu",
            "multiply", "divide", "subtract", "negative", "eq", "ne", "lt", "le", "gt", "ge", "erf", "atan", "asin", "acos")


# other keywords of PyTorch's: the operation's
KEYWORDS: dict[str, dict[str, str]] = {
    **{name: {"diagonal": "k"} for name in ("diag", "tril", "triu")}, "flatten": {"start_dim": "start", "end_dim": "end"},
    "roll": {"shifts": "shift", "dims": "axis"}, "flip": {"dims": "axis"}, "rot90": {"dims": "axes"},
    "clip": {"min": "low", "max": "high"}, "transpose": {"dims": "axes"}, "tensordot": {"dims": "axes"},
    "swapaxes": {"dim0": "axis1", "dim1": "axis2"},
    **{name: {"dim1": "axis1", "dim2": "axis2"} for name in ("diagonal", "trace")},
    **{name: {"steps": "num"} for name in ("linspace", "logspace")}, "quantile": {"interpolation": "method"},
    "cov": {"correction": "ddof"}, "tile": {"dims": "reps"},
    **{name: {"dim": "axes"} for name in ("fft2", "ifft2", "rfft2", "irfft2", "fftn", "ifftn", "rfftn", "irfftn", "fftshift",
                                          "ifftshift")}}


# ---- dim= and keepdim=

def with_dim(operation: Callable[..., Any], by_dim: Callable[..., Any] | None = None) -> Callable[..., Any]:
    """The operation, which takes dim= and keepdim= too. by_dim: what it does with dim=, if that is another thing."""
    name = operation.__name__

    @wraps(operation)
    def with_second_names(*args: Any, **options: Any) -> Any:
        if options and ("dim" in options or "keepdim" in options):
            if "axis" in options and "dim" in options or "keepdims" in options and "keepdim" in options:
                raise TypeError(f"[{operation.__name__}] axis and dim, keepdims and keepdim are second names for one another: "
                                "give one of them")
            if name not in NEW_AXIS and options.get("dim") in (0, -1) and args and getattr(args[0], "shape", None) == ():
                return _of_no_axes(with_second_names, args, options)
            if by_dim is not None and "dim" in options:
                return by_dim(*args, **options)
            if "dim" in options:
                dim = options.pop("dim")
                options["axis"] = None if dim == () else dim
            if "keepdim" in options:
                options["keepdims"] = options.pop("keepdim")
        return operation(*args, **options)

    return with_second_names


# tensors without axes get or keep no axis there for dim=0
NEW_AXIS = ("expand_dims", "stack", "repeat", "unstack")


def with_form(operation: Callable[..., Any], words: tuple[str, ...], form: Callable[..., Any]) -> Callable[..., Any]:
    """The operation, which does as `form` does where one of these keywords is given."""
    @wraps(operation)
    def with_second_names(*args: Any, **options: Any) -> Any:
        if options and any(word in options for word in words):
            options = {{"axis": "dim", "keepdims": "keepdim"}.get(word, word): value for word, value in options.items()}
            return form(*args, **options)
        return operation(*args, **options)

    return with_second_names


def with_keywords(operation: Callable[..., Any], words: dict[str, str]) -> Callable[..., Any]:
    """The operation, which takes PyTorch's keywords too. words: {PyTorch's: the operation's}."""
    @wraps(operation)
    def with_second_names(*args: Any, **options: Any) -> Any:
        for theirs, ours in words.items():
            if theirs in options:
                if ours in options:
                    raise TypeError(f"[{operation.__name__}] {ours} and {theirs} are second names for one another: give one")
                options[ours] = options.pop(theirs)
        return operation(*args, **options)

    return with_second_names


def _of_no_axes(operation, args, options):
    """dim= of a tensor without axes (PyTorch): as of one number on one axis, which then goes again."""
    def without(y):
        return y.reshape(()) if isinstance(y, Tensor) and y.shape == (1,) else y

    shaped = [x.reshape((1,)) if isinstance(x, Tensor) and x.shape == () else x for x in args]
    options = {word: x.reshape((1,)) if isinstance(x, Tensor) and x.shape == () else x for word, x in options.items()}
    y = operation(*shaped, **options)
    if isinstance(y, tuple):
        return type(y)(*map(without, y)) if hasattr(y, "_fields") else tuple(map(without, y))
    return without(y)


# ---- all of it in its places

def install(names: dict[str, Any], families: list[Any]) -> list[str]:
    """Give the operations among `names` (those of mg) their second names; -> the new ones."""
    made: dict[Any, Any] = {}               # a function that two families list is one function
    for family in families:
        for name in family.__all__:
            operation = getattr(family, name)
            if not callable(operation):
                continue
            wrapped = operation
            if "axis" in parameters(operation):
                wrapped = with_dim(wrapped, BY_DIM.get(name))
            if name in KEYWORDS:
                wrapped = with_keywords(wrapped, KEYWORDS[name])
            if name in BY_WORD:
                wrapped = with_form(wrapped, *BY_WORD[name])
            if wrapped is not operation:
                wrapped = made.setdefault(operation, wrapped)
                setattr(family, name, wrapped)
                if names.get(name) is operation:        # mg.linalg's are not found under mg
                    names[name] = wrapped
                if getattr(Tensor, name, None) is operation:
                    setattr(Tensor, name, wrapped)
    added = []
    for name, meant in FUNCTIONS.items():
        if meant in names and name not in names:
            names[name] = with_dim(unwrap(names[meant])) if name in VALUES_ALONE else names[meant]
            added.append(name)
            if hasattr(Tensor, meant) and not hasattr(Tensor, name):
                setattr(Tensor, name, names[name] if name in VALUES_ALONE else getattr(Tensor, meant))
    for name, method in METHODS.items():
        setattr(Tensor, name, method)
    for name in VARIADIC:
        setattr(Tensor, name, variadic(names[name]))
    for name in IN_PLACE:
        if hasattr(Tensor, name):
            setattr(Tensor, f"{name}_", in_place(name, getattr(Tensor, name)))
    return added
