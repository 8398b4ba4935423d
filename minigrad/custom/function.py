"""Operations of your own: a forward in whatever language, and the gradient that you write for it.

The short form, for functions that need their inputs and their result again:

    @mg.custom_function
    def softplus(x):                            # tensors in, a tensor (or array) out; nothing here is recorded
        return mg.log(1 + mg.exp(x))

    @softplus.gradient
    def softplus_gradient(g, y, x):             # incoming gradient, result, then the inputs
        return g * mg.sigmoid(x)

The class form, PyTorch's `torch.autograd.Function`: you say what is saved. `apply` calls it.

    class Softplus(mg.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return mg.log(1 + mg.exp(x))

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * mg.sigmoid(x)

A gradient written with minigrad's operations can be differentiated again, to every order. One computed otherwise (in numpy,
by a compiled kernel) is marked @mg.once_differentiable: a second derivative is then an error, not a wrong number.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from types import MethodType
from typing import Any, Generic, ParamSpec, TypeVar, overload

from minigrad.custom.rule import apply, as_output
from minigrad.graph import Variable
from minigrad.modes import no_grad
from minigrad.tensor import Tensor
from minigrad.types import Array

F = TypeVar("F", bound=Callable[..., Any])
P = ParamSpec("P")
R = TypeVar("R")


class Function:
    """A differentiable operation of your own, in two static methods; call it as `MyFunction.apply(...)`.

    forward(ctx, *args, **options): tensors among args come in as constants, nothing is recorded; returns a tensor or array, or
    a tuple of them. It must not write into its inputs.
    backward(ctx, g): g, the gradient of the output (one for each of several, zeros for those that nothing depends on), to one
    gradient for each of args: a tensor or array of that argument's shape, or None.
    """

    @staticmethod
    def forward(ctx: Any, *args: Any, **options: Any) -> Any:
        raise NotImplementedError("[Function] a class derived from mg.Function needs a static method forward(ctx, ...)")

    @staticmethod
    def backward(ctx: Any, *gradients: Any, **none: Any) -> Any:       # both are what type checkers let anything override
        raise NotImplementedError("[Function] a class derived from mg.Function needs a static method backward(ctx, g)")

    def __init__(self):
        raise TypeError(f"[{type(self).__name__}] is not made but applied: {type(self).__name__}.apply(...)")

    @classmethod
    def apply(cls, *args: Any, **options: Any) -> Any:
        """forward's result, with backward as its gradient."""
        return apply(cls.__name__, cls.forward, cls.backward, args, options)


class custom_function(Generic[P, R]):
    """Decorator: a function of tensors whose gradient you write, under `@name.gradient`.

    gradient(g, y, *args, **options) gets the incoming gradient, the result and what the function was called with; g and y are
    tuples if it returns several. It returns one gradient for each of args (a tuple if there are several), None for none.
    """

    @overload
    def __init__(self: custom_function[P, Tensor], function: Callable[P, Array]) -> None: ...
    @overload
    def __init__(self, function: Callable[P, R]) -> None: ...
    def __init__(self, function: Any) -> None:
        self.function = function
        self._gradient: Any = None
        wraps(function)(self)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def gradient(self, function: F) -> F:
        """Decorator: this is the gradient."""
        self._gradient = function
        return function

    def __call__(self, *args: P.args, **options: P.kwargs) -> R:
        name = self.__name__
        if any(isinstance(value, Variable) for value in options.values()):      # a tensor given by its parameter's name
            bound = inspect.signature(self.function).bind(*args, **options)
            args, options = bound.args, bound.kwargs
        given = [isinstance(a, Variable) for a in args]
        others = [None if is_tensor else a for is_tensor, a in zip(given, args)]        # the graph holds no tensor
        if self._gradient is None:
            raise RuntimeError(f"[{name}] has no gradient yet: write one under @{name}.gradient")

        def forward(ctx, *inputs, **options):
            y = self.function(*inputs, **options)
            ys = y if isinstance(y, (tuple, list)) else (y,)
            ys = tuple(as_output(name, t, inputs) for t in ys)
            ctx.save_for_backward(*[a for a, is_tensor in zip(inputs, given) if is_tensor], *ys)
            return ys if isinstance(y, (tuple, list)) else ys[0]

        def backward(ctx, *gradients):
            saved = iter(ctx.saved_tensors)
            inputs = [next(saved) if is_tensor else a for is_tensor, a in zip(given, others)]
            ys = tuple(saved)
            several = ctx._several
            return self._gradient(gradients if several else gradients[0], ys if several else ys[0], *inputs, **options)

        backward._once = getattr(self._gradient, "_once", False)
        return apply(name, forward, backward, args, options, (others, options))


def once_differentiable(backward: F) -> F:
    """Decorator of a backward that computes outside the graph: a second derivative through it is an error."""
    @wraps(backward)
    @no_grad
    def once(*args, **options):
        return backward(*args, **options)

    once._once = True
    return once
