"""What the descriptions share: strategies of arguments, and the reasons why an aspect does not apply.

Tensors stay small: a gradient is checked against slopes, and a failure is read by people.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import strategies as st

from minigrad.testing.strategies import arrange, arrays, at, broadcastable, generic, layouts, mixed, near, shapes

NO_SLOPE = "there is no slope at these inputs: NaN, infinities, kinks and ties; the gradients at kinks are checked exactly"
STEPS = "its slope is zero wherever it has one: a constant of the graph"
INTEGERS = "integers and booleans have no gradient"
NOTHING_IN = "it makes tensors from nothing differentiable"
FOR_RULES = "rules call it, with gradients, which are floats"
NO_TWIN = "PyTorch has no such function by itself"
PRODUCTS = "sums of products: 0 times an infinite number is NaN there, as in every library of them"
ONLY_VALUES = {"first": NO_SLOPE, "second": NO_SLOPE}

positive = generic(0.5, 2.5, ())
# what no gradient check can use
wild = mixed(at(np.nan, np.inf, -np.inf, -0.0, 0.0, among=generic()), at(-1, 0, 1), near(0, 1))


def arguments(*args: Any, **options: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """(args, options) of one case."""
    return args, options


def unary(values: Any = None, **options: Any) -> Any:
    """One array of any shape, memory order and these values; options: strategies of keyword arguments."""
    return st.tuples(st.tuples(arrays(values=values)), st.fixed_dictionaries(options))


def binary(values: Any = None) -> Any:
    """Two arrays that broadcast together."""
    return broadcastable(2, values=values).map(lambda pair: (pair, {}))


def with_number(numbers: Any, values: Any = None, left: bool = False) -> Any:
    """An array and a Python number beside it, on the right or on the left."""
    pair = st.tuples(arrays(values=values), st.sampled_from(numbers))
    return pair.map(lambda both: (both[::-1] if left else both, {}))


def together(draw: Callable[..., Any], *dims: tuple[int, ...], values: Any = None) -> list[np.ndarray]:
    """Arrays of the given shapes, all their numbers distinct, each in a memory order of its own."""
    sizes = [int(np.prod(shape)) for shape in dims]
    parts = np.split(draw(arrays(sum(sizes), values=values, layout="C")), np.cumsum(sizes)[:-1])
    return [arrange(part.reshape(shape), draw(layouts())) for part, shape in zip(parts, dims, strict=True)]


def axes(ndim: int, several: bool = True) -> Any:
    """None, an axis from either end, or (several) a tuple of different ones, in any order, the empty one too."""
    one = st.integers(-ndim, ndim - 1) if ndim else st.nothing()
    many = st.lists(one, unique_by=lambda i: i % ndim, max_size=ndim).map(tuple) if ndim else st.just(())
    return st.none() | one | many if several else one


def sides(low: int = 0, high: int = 4, dims: tuple[int, int] = (1, 3)) -> Any:
    """Shapes with at least one axis."""
    return shapes(*dims, low, high)
