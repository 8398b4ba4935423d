"""Derivatives of functions, as functions: grad, value_and_grad, vjp, jvp, jacobian, hessian, hvp.

transforms: the functions themselves; opened: inputs as leaves of a graph that ends at them, and the walk there; tree: nested
lists, tuples and dicts of tensors.
"""

from minigrad.functional.transforms import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"]
