"""What PyTorch means by names that numpy gives another meaning, or that lead to operations with other arguments.

`BY_DIM`: what a function does where it is called with `dim=` (`ops/aliases.py`); `BY_WORD`: with other keywords that are
PyTorch's alone. Below them methods of tensors.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from minigrad.tensor import Tensor, lift

if TYPE_CHECKING:
    from minigrad.types import Axes, Operand, Shape


class ValuesAndIndices(NamedTuple):
    """What PyTorch's max, min, sort, median ... give along a `dim`."""

    values: Tensor
    indices: Tensor


def _extreme(name):
    """max or min along a dim -> (values, indices)."""
    def along(a: Operand, dim: int, keepdim: bool = False) -> ValuesAndIndices:
        if not hasattr(dim, "__index__"):
            raise TypeError(f"[{name}] dim must be one axis, found {dim!r}: with several, a{name} gives the values")
        from minigrad import ops

        return _picked(a, getattr(ops, f"arg{name}")(a, dim, True), dim, keepdim)

    return along


def _picked(a, index, dim, keepdim):
    """The elements at these places along a dim, and the places."""
    from minigrad import ops

    values = ops.take_along_axis(a, index, dim)
    if not keepdim:
        values, index = ops.squeeze(values, dim), ops.squeeze(index, dim)
    return ValuesAndIndices(values, index)


def _sorted(a: Operand, dim: int = -1, descending: bool = False, stable: bool = False) -> ValuesAndIndices:
    from minigrad import ops

    index = ops.argsort(a, dim, descending=True) if descending else ops.argsort(a, dim)
    return ValuesAndIndices(ops.take_along_axis(a, index, dim), index)


def _median(a: Operand, dim: int = -1, keepdim: bool = False) -> ValuesAndIndices:
    """The lower of two in the middle, which is an element; NaN where there is one."""
    from minigrad import ops

    a = lift(a)
    middle = ops.index_select(ops.argsort(a, dim), dim, [(a.shape[dim] - 1) // 2])
    nothing = ops.any(a != a, dim, True)
    index = ops.where(nothing, ops.argmax(a, dim, True), middle) if a.dtype.kind == "f" else middle
    return _picked(a, index, dim, keepdim)


def _running(name):
    """cummax or cummin -> (values, indices), the last of equal elements."""
    def along(a: Operand, dim: int) -> ValuesAndIndices:
        from minigrad import ops

        a = lift(a)
        values = getattr(ops, name)(a, dim)
        n = a.shape[dim]
        places = ops.arange(n, dtype=np.int64, device=a.device).reshape((n,) + (1,) * (a.ndim - 1 - dim % a.ndim))
        index = ops.cummax(ops.where(ops.logical_or(a == values, a != a), places, 0), dim)
        return ValuesAndIndices(ops.take_along_axis(a, index, dim), index)

    return along


def _spread(name):
    """var or std along a dim: of a sample, divided by n - 1."""
    def along(a: Operand, dim: Axes = None, unbiased: bool = True, keepdim: bool = False,
              correction: float | None = None, ddof: float | None = None) -> Tensor:
        from minigrad import ops

        given = [n for n in (ddof, correction) if n is not None]
        if given[1:]:
            raise TypeError(f"[{name}] ddof and correction are second names for one another: give one of them")
        return getattr(ops, name)(a, axis=dim, ddof=given[0] if given else int(unbiased), keepdims=keepdim)

    return along


def _pieces(a: Operand, split_size_or_sections: Shape, dim: int = 0) -> tuple[Tensor, ...]:
    """split: pieces of that size, the last one maybe shorter, or of these sizes."""
    from minigrad import ops

    n, sizes = a.shape[dim], split_size_or_sections
    if hasattr(sizes, "__index__"):
        if sizes < 1:
            raise ValueError(f"[split] the size of the pieces along dim {dim} must be 1 or more, found {sizes}")
        return ops.split(a, list(range(sizes, n, sizes)), dim)
    if sum(sizes) != n:
        raise ValueError(f"[split] the sizes {list(sizes)} along dim {dim} make {sum(sizes)}, but "
                         f"{tuple(a.shape)} has {n} there")
    return ops.split(a, list(accumulate(sizes))[:-1], dim)


def _squeezed(a: Operand, dim: Axes = None) -> Tensor:
    """squeeze: axes of another size than 1 stay as they are."""
    from minigrad import ops

    axes = range(a.ndim) if dim is None else (dim,) if hasattr(dim, "__index__") else dim
    return ops.squeeze(a, tuple(i for i in axes if not -a.ndim <= i < a.ndim or a.shape[i] == 1))


def _scattered(a: Operand, dim: int, index: Operand, src: Operand | None = None, *, value: float | None = None,
               reduce: str | None = None) -> Tensor:
    """scatter, of a tensor or of one number (value=), which reduce= adds or multiplies to what is there."""
    from minigrad import ops

    if isinstance(src, (int, float)):
        src, value = None, src
    if (src is None) == (value is None):
        raise TypeError("[scatter] give src, a tensor, or value, one number")
    src = value if src is None else src
    if reduce is None:
        return ops.scatter(a, dim, index, src)
    if reduce not in ("add", "multiply") or value is None:
        raise TypeError(f"[scatter] found reduce={reduce!r} but expected 'add' or 'multiply', of one number, value=")
    a, index = lift(a), lift(index)
    places: list[Any] = [np.arange(n).reshape((-1,) + (1,) * (a.ndim - 1 - i)) for i, n in enumerate(index.shape)]
    places[dim] = index.astype(np.int64)
    return getattr(a.at[tuple(places)], reduce)(src)


BY_DIM = {"max": _extreme("max"), "min": _extreme("min"), "sort": _sorted, "median": _median, "cummax": _running("cummax"),
          "cummin": _running("cummin"), "std": _spread("std"), "var": _spread("var"), "split": _pieces, "squeeze": _squeezed,
          "scatter": _scattered}


def _scaled(name):
    """a + alpha b, a - alpha b."""
    def of(a: Operand, b: Operand, *, alpha: float) -> Tensor:
        from minigrad import ops

        return getattr(ops, name)(a, ops.mul(b, alpha))

    return of


def _norm(x: Operand, p: float | str = "fro", dim: Axes = None, keepdim: bool = False) -> Tensor:
    """The norm of all elements, or of those along dims, as of one vector, of a matrix too; "nuc": of matrices."""
    from minigrad import ops

    if p == "nuc":
        return ops.linalg.norm(x, "nuc", dim, keepdim)
    return ops.linalg.vector_norm(x, ord=2 if p == "fro" else p, axis=dim, keepdims=keepdim)


def _places(a: Operand, *, as_tuple: bool) -> Any:
    """nonzero: the places as rows of one tensor, or as a tuple."""
    from minigrad import ops

    places = ops.nonzero(a)
    return places if as_tuple else ops.stack(places, 1)


def _swapped(a: Operand, dim0: int, dim1: int) -> Tensor:
    from minigrad import ops

    return ops.swapaxes(a, dim0, dim1)


def _by_side(a: Operand, v: Operand, *, right: bool) -> Tensor:
    """searchsorted: behind equal ones, or before them."""
    from minigrad import ops

    return ops.searchsorted(a, v, "right" if right else "left")


SPREADS = "unbiased", "correction"
# operation: (keywords, what it does where one of them is given)
BY_WORD = {"add": (("alpha",), _scaled("add")), "sub": (("alpha",), _scaled("sub")), "norm": (("p",), _norm),
           "nonzero": (("as_tuple",), _places), "scatter": (("value", "reduce"), _scattered),
           "std": (SPREADS, _spread("std")), "var": (SPREADS, _spread("var")), "transpose": (("dim0", "dim1"), _swapped),
           "searchsorted": (("right",), _by_side)}


# ---- methods of PyTorch's tensors that lead to operations with other arguments

def unfold(a: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """Every step-th window of a size along an axis; the windows' own axis is the last (sliding_window_view)."""
    from minigrad import ops

    if step < 1:
        raise ValueError(f"[unfold] step must be at least 1, found {step}")
    windows = ops.sliding_window_view(a, size, dimension)
    return windows[(slice(None),) * (dimension % max(a.ndim, 1)) + (slice(None, None, step),)]


def unflatten(a: Tensor, dim: int, sizes: Any) -> Tensor:
    """One axis made into several, of these sizes."""
    if not -a.ndim <= dim < a.ndim:
        raise IndexError(f"[unflatten] axis {dim} does not exist: the tensor has shape {a.shape}")
    dim %= a.ndim
    return a.reshape((*a.shape[:dim], *sizes, *a.shape[dim + 1:]))
