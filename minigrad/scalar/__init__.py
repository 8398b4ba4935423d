"""Numbers: `Value`, the differentiable scalar of any number type, and the table of scalar kernels under it."""

from minigrad.scalar import table as table
