"""Functions of single elements, in files by subject as in `minigrad/ops/elementwise/`."""

from minigrad.testing.operations.elementwise import (  # noqa: F401  (which describe)
    activation,
    arithmetic,
    choosing,
    conversion,
    functions,
    steps,
    trigonometry,
)
from minigrad.testing.operations.elementwise.shared import INF, NAN, NUMBERS, ZEROS, on_tensors, one

__all__ = ["INF", "NAN", "NUMBERS", "ZEROS", "on_tensors", "one"]
