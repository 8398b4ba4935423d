"""Hooks of modules: before and after forward, and when gradients pass backward.

A backward hook needs every gradient that comes into a module, or leaves it, at one moment. So what goes in and what comes out
passes an operation that does nothing but stand there: its rule is given all of them at once.
"""

import weakref
from collections.abc import Callable
from typing import Any

from minigrad.graph import GRAD, Mode, Variable, constant, lend, record_many
from minigrad.nn.hook import Hook
from minigrad.ops.operands import astype
from minigrad.tensor import lift


class Hooked:
    """A part of Module."""

    _before: dict[Any, Any] | None = None               # hooks, made when first needed
    _after: dict[Any, Any] | None = None                # there, too, if there are backward hooks: one look tells
    _backward: dict[Any, Any] | None = None
    _backward_before: dict[Any, Any] | None = None

    def register_forward_pre_hook(self, hook: Callable, *, prepend: bool = False, with_kwargs: bool = False) -> Hook:
        """Call hook(module, args) before every forward; what it returns, if anything, replaces the arguments.

        with_kwargs: hook(module, args, kwargs), which returns None or (args, kwargs). prepend: before the other hooks.
        """
        self._before = {} if self._before is None else self._before
        return Hook(self._before, hook, with_kwargs, prepend)

    def register_forward_hook(self, hook: Callable, *, prepend: bool = False, with_kwargs: bool = False) -> Hook:
        """Call hook(module, args, output) after every forward; what it returns, if anything, replaces the output.

        with_kwargs: hook(module, args, kwargs, output). prepend: before the other hooks.
        """
        self._after = {} if self._after is None else self._after
        return Hook(self._after, hook, with_kwargs, prepend)

    def register_full_backward_pre_hook(self, hook: Callable, prepend: bool = False) -> Hook:
        """Call hook(module, grad_output), a tuple of the outputs' gradients, before they pass this module in a backward; what
        it returns, if anything, replaces them."""
        self._after = {} if self._after is None else self._after
        self._backward_before = {} if self._backward_before is None else self._backward_before
        return Hook(self._backward_before, hook, False, prepend)

    def register_full_backward_hook(self, hook: Callable, prepend: bool = False) -> Hook:
        """Call hook(module, grad_input, grad_output), tuples, when the inputs' gradients are there; what it returns, if
        anything, replaces grad_input. An input that is no tensor, or needs no gradient, has None. Where no input needs one the
        hook is called when the outputs' gradients come."""
        self._after = {} if self._after is None else self._after
        self._backward = {} if self._backward is None else self._backward
        return Hook(self._backward, hook, False, prepend)

    def _with_hooks(self, args, kwargs):
        for handle, hook in tuple((self._before or {}).items()):
            replaced = hook(self, args, kwargs) if handle.with_kwargs else hook(self, args)
            if replaced is None:
                continue
            if handle.with_kwargs:
                if not (isinstance(replaced, tuple) and len(replaced) == 2 and isinstance(replaced[1], dict)):
                    raise TypeError("[register_forward_pre_hook] a hook with kwargs returns None or (args, kwargs), found "
                                    f"{type(replaced).__name__}")
                args, kwargs = replaced
            else:
                args = replaced if isinstance(replaced, tuple) else (replaced,)
        passing = _Passing(self) if self._backward or self._backward_before else None
        if passing is not None:
            args = passing.enter(args)
        output = self.forward(*args, **kwargs)
        for handle, hook in tuple((self._after or {}).items()):
            replaced = hook(self, args, kwargs, output) if handle.with_kwargs else hook(self, args, output)
            if replaced is not None:
                output = replaced
        return output if passing is None else passing.leave(output)


class _Passing:
    """One forward of a module with backward hooks: what its gradients meet on their way back."""

    def __init__(self, module):
        self.module = weakref.ref(module)       # a graph keeps no module alive
        self.before = tuple((module._backward_before or {}).values())
        self.hooks = tuple((module._backward or {}).values())
        self.inputs = 0                         # how many arguments there were
        self.places = ()                        # of those that need a gradient
        self.grad_output = None

    def enter(self, args):
        """The arguments, those that need gradients behind an operation of ours."""
        self.inputs = len(args)
        self.places = tuple(i for i, a in enumerate(args) if _needs_gradient(a)) if self.hooks else ()
        if not self.places:
            return args
        args = list(args)
        inner = _stand([args[i] for i in self.places], entering_rule, self)
        for i, t in zip(self.places, inner, strict=True):
            args[i] = t
        return tuple(args)

    def leave(self, output):
        """The output, its tensors that have a graph behind an operation of ours."""
        several = isinstance(output, (tuple, list))
        outputs = list(output) if several else [output]
        self.outputs = len(outputs)
        self.leaving = tuple(i for i, t in enumerate(outputs) if _needs_gradient(t))
        if not self.leaving:
            return output
        outer = _stand([outputs[i] for i in self.leaving], leaving_rule, self)
        for i, t in zip(self.leaving, outer, strict=True):
            outputs[i] = t
        if not several:
            return outputs[0]
        return type(output)(*outputs) if hasattr(output, "_fields") else type(output)(outputs)

    def came(self, gradients):
        """The outputs' gradients, as hooks leave them."""
        module = self.module()
        if module is None:
            return gradients
        grads = _placed(self.outputs, self.leaving, gradients)
        for hook in self.before:
            grads = _replaced("register_full_backward_pre_hook", grads, hook(module, grads))
        self.grad_output = grads
        if self.hooks and not self.places:
            self.called(module, (None,) * self.inputs)
        return [grads[i] for i in self.leaving]

    def went(self, gradients):
        """The inputs' gradients, as hooks leave them."""
        module = self.module()
        if module is None:
            return gradients
        grads = self.called(module, _placed(self.inputs, self.places, gradients))
        return [grads[i] for i in self.places]

    def called(self, module, grad_input):
        for hook in self.hooks:
            grad_input = _replaced("register_full_backward_hook", grad_input, hook(module, grad_input, self.grad_output))
        self.grad_output = None                 # a gradient with a graph of its own leads back here
        return grad_input


def _needs_gradient(a):
    return isinstance(a, Variable) and a.node is not None


def _stand(tensors, rule, passing):
    k = tensors[0].k
    return record_many(k, [t.data for t in tensors], tuple(tensors), rule, (), (passing,))


def leaving_rule(k, gs, need, passing):
    """Identity; the gradients of a module's outputs are here."""
    return _handed(k, gs, passing.came)


def entering_rule(k, gs, need, passing):
    """Identity; the gradients of a module's inputs are here."""
    return _handed(k, gs, passing.went)


def _handed(k, gs, see):
    """What hooks leave of gradients: arrays, or tensors where they have a graph. Hooks see tensors that are only lent, and
    record only for higher orders; what goes on is an array of its own."""
    higher = any(isinstance(g, Variable) for g in gs)
    with Mode(GRAD, 0) if higher else Mode(0, GRAD):
        found = see([g if g is None else lend(g if higher else constant(k, g)) for g in gs])
    return found if higher else [g if g is None else k.copy(g.data) for g in found]


def _placed(count, places, gradients):
    found = [None] * count
    for i, g in zip(places, gradients, strict=True):
        found[i] = g
    return tuple(found)


def _replaced(op, gradients, by):
    """What a hook returned in place of gradients: None leaves them; a tensor may stand for a tuple of one."""
    if by is None:
        return gradients
    by = by if isinstance(by, (tuple, list)) else (by,)
    if len(by) != len(gradients):
        raise ValueError(f"[{op}] the hook returned {len(by)} gradients but expected {len(gradients)}: None leaves them as "
                         "they are")
    return tuple(old if new is None or old is None else _fitting(op, old, new)
                 for old, new in zip(gradients, by, strict=True))


def _fitting(op, old, new):
    """A gradient in the place of another, in its dtype; ValueError for another device or shape."""
    new = lift(new, old)
    if new.k is not old.k or new.shape != old.shape:
        raise ValueError(f"[{op}] the gradient is {old.shape} on {old.device}, but the hook returned {new.shape} on "
                         f"{new.device}")
    return astype(new, old.dtype)
