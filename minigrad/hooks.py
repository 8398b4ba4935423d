"""Hooks of tensors: functions that see a gradient on its way, and may replace it; or that are called once it has arrived."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from minigrad.graph import Arrived

if TYPE_CHECKING:
    from minigrad.tensor import Tensor
    from minigrad.types import Operand


class Handle:
    """A registered hook. `.remove()` takes it out, once or more often; so does calling this, or the end of `with` it."""

    __slots__ = ("_hooks",)

    def __init__(self, hooks: dict[Handle, Callable[..., Any]], hook: Callable[..., Any]) -> None:
        self._hooks = hooks
        hooks[self] = hook

    def remove(self) -> None:
        self._hooks.pop(self, None)

    def __reduce__(self) -> Any:
        raise TypeError("[pickle] a handle stands for a hook in this process and cannot be copied or pickled: register the "
                        "hook anew on the copy")

    __call__ = remove

    def __enter__(self) -> Handle:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()


def register_hook(self: Tensor, hook: Callable[[Tensor], Operand | None]) -> Handle:
    """Call hook(g) with this tensor's gradient, a Tensor, during backward; what it returns, if anything, replaces g.

    Hooks run in the order in which they were registered, once the whole gradient is there, each on what those before it left;
    `grad` gets what the last one left, also of a tensor that retains it. Returns a handle, whose remove() takes the hook out.
    """
    if self.node is None:
        raise RuntimeError("[register_hook] this tensor does not require grad: no gradient will arrive")
    return Handle(_hooks_of(self.node), _checked(hook))


def register_post_accumulate_grad_hook(self: Tensor, hook: Callable[[Tensor], object]) -> Handle:
    """Call hook(tensor) in every backward when this leaf's `grad` has its gradient; what it returns does not matter.

    There an optimiser may step and forget the gradient while the backward goes on, so that no more than one of them is alive.
    The functions that return gradients (`mg.grad` ...) leave `grad` alone and call no such hook. Returns a handle, as
    register_hook does. RuntimeError for a tensor that is no leaf, or requires no gradient.
    """
    if self.node is None:
        raise RuntimeError("[register_post_accumulate_grad_hook] this tensor does not require grad: no gradient will arrive")
    if not self.is_leaf:
        raise RuntimeError(f"[register_post_accumulate_grad_hook] this tensor was made by {self.node.name}, and gradients are "
                           "added up in leaves only: use register_hook")
    return Handle(_hooks_of(self.node), Arrived(hook))


def _hooks_of(node):
    if node.hooks is None:
        node.hooks = {}
    return node.hooks


def _checked(hook):
    """The hook; what it returns, if anything, becomes a tensor of g's device, shape and dtype, or is an error."""

    def checked_hook(g):
        replaced = hook(g)
        return None if replaced is None else g._gradient_like("register_hook", replaced)

    return checked_hook
