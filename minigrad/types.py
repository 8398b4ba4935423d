"""The words of minigrad's annotations: what operations, layers and optimisers take.

    def relu(a: Operand, at_zero: float = 0) -> Tensor
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

if TYPE_CHECKING:
    from minigrad.tensor import Tensor

__all__ = ["Array", "Axes", "DType", "Index", "Input", "Operand", "Pair", "Params", "Reduction", "Shape"]

Array: TypeAlias = NDArray[Any]
Operand: TypeAlias = "Tensor | complex | np.generic | Array | list[Any] | tuple[Any, ...]"    # what can stand beside a tensor
Input: TypeAlias = "Tensor | Array"                    # what a layer is given
DType: TypeAlias = DTypeLike | None                     # None: the default
Shape: TypeAlias = int | Sequence[int]
Axes: TypeAlias = int | Sequence[int] | None            # None: all of them
Pair: TypeAlias = int | tuple[int, int]                 # for height and width
Index: TypeAlias = Any                                  # numpy's: integers, slices, None, arrays, tensors, and tuples of them
Reduction: TypeAlias = Literal["mean", "sum", "none"]
Params: TypeAlias = "Iterable[Tensor | Mapping[str, Any]]"        # parameters, or groups with options of their own

P = ParamSpec("P")
R = TypeVar("R", covariant=True)


class Forward(Protocol[P, R]):
    """A module, for type checkers: to call it takes and returns what its forward does."""

    _before: dict[Any, Any] | None
    _after: dict[Any, Any] | None

    def forward(self, *args: P.args, **kwargs: P.kwargs) -> R: ...
    def _with_hooks(self, args: Any, kwargs: Any) -> Any: ...
