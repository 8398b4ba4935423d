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
from inspect import signature
from itertools import accumulate
from typing import Any, NamedTuple

from minigrad.ops.tensor_methods import METHODS, in_place
from minigrad.tensor import Tensor

# PyTorch's (or numpy's other) name: the operation's
FUNCTIONS = {
    "absolute": "abs", "acos": "arccos", "acosh": "arccosh", "amax": "max", "amin": "min", "asin": "arcsin", "asinh": "arcsinh",
    "atan": "arctan", "atan2": "arctan2", "atanh": "arctanh", "bitwise_left_shift": "left_shift", "bitwise_not": "invert",
    "bitwise_right_shift": "right_shift", "cat": "concatenate", "clamp": "clip", "concat": "concatenate", "divide": "div",
    "eq": "equal", "ge": "greater_equal", "gt": "greater", "le": "less_equal", "log_sigmoid": "logsigmoid", "lt": "less",
    "mm": "matmul", "bmm": "matmul", "mv": "matmul", "multiply": "mul", "ne": "not_equal", "negative": "neg",
    "permute": "transpose", "pow": "power", "remainder": "mod", "subtract": "sub", "swapdims": "swapaxes",
    "true_divide": "div", "unsqueeze": "expand_dims", "swish": "silu", "trapz": "trapezoid", "movedim": "moveaxis",
    "ger": "outer", "fix": "trunc", "rint": "round", "expit": "sigmoid", "unbind": "unstack",
    "repeat_interleave": "repeat",
    "take_along_dim": "take_along_axis", "row_stack": "vstack", "broadcast_tensors": "broadcast_arrays", "empty": "zeros"}

IN_PLACE = ("abs", "add", "ceil", "clip", "copysign", "cos", "div", "exp", "floor", "lerp", "log", "maximum", "minimum", "mod",
            "mul", "neg", "power", "reciprocal", "relu", "round", "sigmoid", "sign", "sin", "sqrt", "square", "sub", "tanh",
            "trunc", "clamp", "pow", "remainder", "masked_fill", "scatter", "scatter_add", "index_add", "rsqrt", "log2", "log10",
            "log1p", "expm1", "exp2", "tan", "sinh", "cosh", "floor_divide", "fmod", "logical_and", "logical_or", "logical_not",
            "bitwise_and", "bitwise_or", "bitwise_xor", "nan_to_num", "tril", "triu", "cumsum", "cumprod", "leaky_relu",
            "multiply", "divide", "subtract", "negative", "eq", "ne", "lt", "le", "gt", "ge", "erf", "atan", "asin", "acos")


# other keywords of PyTorch's: the operation's
KEYWORDS = {name: {"diagonal": "k"} for name in ("diag", "tril", "triu")}


class ValuesAndIndices(NamedTuple):
    """What PyTorch's max, min, sort, median ... give along a `dim`."""

    values: Tensor
    indices: Tensor


# ---- dim= and keepdim=

def with_dim(operation: Callable[..., Any]) -> Callable[..., Any]:
    """The operation, which takes dim= and keepdim= too."""
    by_dim = BY_DIM.get(operation.__name__)

    @wraps(operation)
    def with_second_names(*args: Any, **options: Any) -> Any:
        if options and ("dim" in options or "keepdim" in options):
            if "axis" in options and "dim" in options or "keepdims" in options and "keepdim" in options:
                raise TypeError(f"[{operation.__name__}] axis and dim, keepdims and keepdim are second names for one another: "
                                "give one of them")
            if by_dim is not None and "dim" in options:
                return by_dim(*args, **options)
            if "dim" in options:
                options["axis"] = options.pop("dim")
            if "keepdim" in options:
                options["keepdims"] = options.pop("keepdim")
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


def _extreme(name):
    """max or min along a dim -> (values, indices)."""
    def along(a, dim, keepdim=False):
        from minigrad import ops

        index = getattr(ops, f"arg{name}")(a, dim, True)
        values = ops.take_along_axis(a, index, dim)
        if not keepdim:
            values, index = ops.squeeze(values, dim), ops.squeeze(index, dim)
        return ValuesAndIndices(values, index)

    return along


def _sorted(a, dim=-1, descending=False, stable=False):
    from minigrad import ops

    index = ops.argsort(a, dim, descending=True) if descending else ops.argsort(a, dim)
    return ValuesAndIndices(ops.take_along_axis(a, index, dim), index)


def _spread(name):
    """var or std along a dim: of a sample, divided by n - 1."""
    def along(a, dim=None, unbiased=True, keepdim=False, correction=None):
        from minigrad import ops

        ddof = int(unbiased) if correction is None else correction
        return getattr(ops, name)(a, axis=dim, ddof=ddof, keepdims=keepdim)

    return along


def _pieces(a, sizes, dim=0):
    """split: pieces of that size, the last one maybe shorter, or of these sizes."""
    from minigrad import ops

    n = a.shape[dim]
    if hasattr(sizes, "__index__"):
        if sizes < 1:
            raise ValueError(f"[split] the size of the pieces along dim {dim} must be 1 or more, found {sizes}")
        return ops.split(a, list(range(sizes, n, sizes)), dim)
    if sum(sizes) != n:
        raise ValueError(f"[split] the sizes {list(sizes)} along dim {dim} make {sum(sizes)}, but "
                         f"{tuple(a.shape)} has {n} there")
    return ops.split(a, list(accumulate(sizes))[:-1], dim)


BY_DIM = {"max": _extreme("max"), "min": _extreme("min"), "sort": _sorted, "std": _spread("std"), "var": _spread("var"),
          "split": _pieces}


# ---- all of it in its places

def install(names: dict[str, Any], families: list[Any]) -> list[str]:
    """Give the operations among `names` (those of mg) their second names; -> the new ones."""
    made: dict[Any, Any] = {}               # a function that two families list is one function
    for family in families:
        for name in family.__all__:
            operation = getattr(family, name)
            if callable(operation) and ("axis" in signature(operation).parameters or name in KEYWORDS):
                wrapped = made.setdefault(operation, with_keywords(operation, KEYWORDS[name]) if name in KEYWORDS
                                          else with_dim(operation))
                setattr(family, name, wrapped)
                if names.get(name) is operation:        # mg.linalg's are not found under mg
                    names[name] = wrapped
                if getattr(Tensor, name, None) is operation:
                    setattr(Tensor, name, wrapped)
    added = []
    for name, meant in FUNCTIONS.items():
        if meant in names and name not in names:
            names[name] = names[meant]
            added.append(name)
            if hasattr(Tensor, meant) and not hasattr(Tensor, name):
                setattr(Tensor, name, getattr(Tensor, meant))
    for name, method in METHODS.items():
        setattr(Tensor, name, method)
    for name in IN_PLACE:
        if hasattr(Tensor, name):
            setattr(Tensor, f"{name}_", in_place(name, getattr(Tensor, name)))
    return added
