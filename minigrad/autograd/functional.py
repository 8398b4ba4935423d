"""PyTorch's torch.autograd.functional: derivatives of functions at given inputs, by its names and orders of arguments.

`inputs` is a tensor, or a tuple of them for a function of several arguments; results have its structure, and are constants
unless create_graph. `mg.functional` has the same as transforms of functions, for any nesting of arguments.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from minigrad import functional
from minigrad.functional import tree
from minigrad.graph import Variable

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]


def jacobian(func: Callable[..., Any], inputs: Any, create_graph: bool = False) -> Any:
    """The derivatives of func's results, a tensor or a tuple of them, in the inputs: of shape y.shape + x.shape; a tuple for
    several results, in it (or alone) a tuple for several inputs."""
    args, argnums = _arguments(inputs)
    return _kept(functional.jacobian(func, argnums)(*args), create_graph)


def hessian(func: Callable[..., Any], inputs: Any, create_graph: bool = False) -> Any:
    """The second derivatives of a function whose result has one element; a tuple of tuples for several inputs."""
    args, argnums = _arguments(inputs)
    return _kept(functional.hessian(func, argnums)(*args), create_graph)


def vjp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False) -> tuple[Any, Any]:
    """(func(*inputs), v^T J). v: of the results' structure; may be left out where there is one element."""
    args, argnums = _arguments(inputs)
    y, pull = functional.vjp(func, *args)
    gradients = pull(_one_if_none("vjp", y, v))
    return _kept((y, gradients if isinstance(argnums, tuple) else gradients[0]), create_graph)


def jvp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False) -> tuple[Any, Any]:
    """(func(*inputs), J v). v: of the inputs' structure; may be left out for one input with one element."""
    args, argnums = _arguments(inputs)
    v = _one_if_none("jvp", inputs, v)
    return _kept(functional.jvp(func, args, v if isinstance(argnums, tuple) else (v,)), create_graph)


def hvp(func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False) -> tuple[Any, Any]:
    """(func(*inputs), H v) of a function whose result has one element."""
    args, argnums = _arguments(inputs)
    v = _one_if_none("hvp", inputs, v)
    product = functional.hvp(func, args, v if isinstance(argnums, tuple) else (v,))
    return _kept((func(*args), product if isinstance(argnums, tuple) else product[0]), create_graph)


vhp = hvp           # second derivatives are symmetric


def _arguments(inputs):
    """The arguments of the function, and what to derive in: all of a tuple, or the one."""
    return (inputs, tuple(range(len(inputs)))) if isinstance(inputs, tuple) else ((inputs,), 0)


def _one_if_none(op, like, v):
    if v is not None:
        return v
    if not isinstance(like, Variable) or like.size != 1:
        raise ValueError(f"[{op}] v may be left out for a single element only, found {type(like).__name__} of shape "
                         f"{getattr(like, 'shape', 'unknown')}: give v")
    return like.k.full(like.shape, 1, like.dtype)


def _kept(results, create_graph):
    return results if create_graph else tree.transform(lambda t: t.detach(), results)
