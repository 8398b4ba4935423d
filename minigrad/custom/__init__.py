"""Operations of your own: a forward in minigrad, numpy or your own compiled kernel, and its gradient beside it."""

from minigrad.custom.function import Function, custom_function, once_differentiable

__all__ = ["Function", "custom_function", "once_differentiable"]
