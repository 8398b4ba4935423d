"""Rules write themselves down: they are texts over a table of kernels, and over this table each gives the formula of what it
would compute.

    backward_formulas(rules.mul, (True, True), (name("a"), name("b")))      ->  g · b  and  g · a

Kernels without a sign or a shape of their own are written as calls. A few rules guard corners (0 ** 0, ties) in ways that
nobody would write down: `textbook.py` has the formula that a textbook has.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from minigrad import rules
from minigrad.declare import Declared
from minigrad.kernels.reference.matmul import Matmul
from minigrad.kernels.reference.softmax import Softmax
from minigrad.rules import Calculus
from minigrad.scalar.numbers import as_number
from minigrad.viz.graph import numbers
from minigrad.viz.graph.formula import FORMS, Formula, call, formula, name, together, words
from minigrad.viz.graph.textbook import TEXTBOOK

SIGNED = {"pick_mul": "mul", "pick_both": "mul", "pick_div": "div"}       # products that a 0 wins
NAMED = {"sigmoid", "tanh", "softplus", "log1p", "expm1", "sinh", "cosh", "sin", "cos", "tan", "erf", "erfc", "square", "sqrt",
         "exp", "relu", "maximum", "minimum", "abs", "sign", "softmax", "log_softmax", "log"}        # not by their definitions


class Formulas(Softmax, Matmul, Calculus, Declared):
    """The table: every kernel gives the formula of what it would compute, and its shape as far as that is known."""

    def __getattr__(self, kernel: str) -> Callable[..., Formula]:
        if kernel.startswith("_"):
            raise AttributeError(kernel)
        return lambda *args, out=None: _call(kernel, args)

    def __getattribute__(self, kernel: str) -> Any:
        """A function that has a name of its own is written by it, not by its definition."""
        if kernel in NAMED:
            return lambda *args, out=None: _call(kernel, args)
        return object.__getattribute__(self, kernel)

    def constant(self, name: str, like: Any) -> Formula:
        return Formula("constant", name, shape=())

    def mul(self, a: Any, b: Any, out: None = None) -> Formula:
        """1 as a factor of a rule is not written."""
        if _is(a, 1) or _is(b, 1):
            return formula(b if _is(a, 1) else a)
        return _call("mul", (a, b))

    pick_mul = pick_both = mul

    def power(self, a: Any, b: Any, out: None = None) -> Formula:
        return formula(a) if _is(b, 1) else _call("power", (a, b))

    def where(self, condition: Any, a: Any, b: Any, out: None = None) -> Formula:
        """[condition] a, if b is 0: as a factor of a; [not condition] b, if a is."""
        c = formula(condition)
        if _is(b, 0):
            return self.mul(a, Formula("where", c, shape=c.shape))
        if _is(a, 0):
            return self.mul(b, Formula("where", _negated(c), shape=c.shape))
        a, b = formula(a), formula(b)
        return Formula("cases", c, a, b, shape=together(c, a, b))

    def relu_backward(self, g: Any, y: Any, out: None = None) -> Formula:
        return self.where(_call("greater", (y, 0)), g, 0)

    # ---- matrices and shapes

    def matmul(self, a: Any, b: Any, out: None = None) -> Formula:
        s, t = a.shape, b.shape
        if s is None or t is None or len(s) < 2 or len(t) < 2:
            return Formula("matmul", a, b)
        return Formula("matmul", a, b, shape=(*np.broadcast_shapes(s[:-2], t[:-2]), s[-2], t[-1]))

    def transpose(self, a: Any, axes: Any = None, out: None = None) -> Formula:
        n = len(a.shape)
        axes = tuple(range(n))[::-1] if axes is None else tuple(axes)
        turned = tuple(a.shape[i] for i in axes)
        if axes == (*range(n - 2), n - 1, n - 2):
            return Formula("transpose", a, shape=turned)
        return call("transpose", a, words(f"axes {', '.join(map(str, axes))}"), shape=turned)

    def reshape(self, a: Any, shape: tuple[int, ...], out: None = None) -> Formula:
        """A single number is not reshaped: it stands beside anything."""
        if a.shape == shape or a.shape is not None and math.prod(a.shape) == 1:
            return Formula(a.head, *a.parts, shape=shape)
        return call("reshape", a, words(numbers.shape(shape)), shape=shape)

    def broadcast_to(self, a: Any, shape: tuple[int, ...], out: None = None) -> Formula:
        if a.shape == shape:
            return formula(a)
        return Formula("mul", a, Formula("ones", words(numbers.shape(shape)), shape=shape), shape=shape)

    def sum_to(self, a: Any, shape: tuple[int, ...], out: None = None) -> Formula:
        if a.shape == shape:
            return formula(a)
        lead = len(a.shape) - len(shape)
        axes = tuple(i for i, n in enumerate(a.shape) if i < lead or shape[i - lead] == 1 and n != 1)
        found = self.sum(a, axes or None)
        return Formula(found.head, *found.parts, shape=shape)

    def sum(self, a: Any, axis: Any = None, keepdims: bool = False, out: None = None) -> Formula:
        axes, shape = _reduced(a, axis, keepdims)
        return Formula("sum", a, shape=shape) if axes is None else Formula("sum_along", a, axes, shape=shape)

    def mean(self, a: Any, axis: Any = None, keepdims: bool = False, out: None = None) -> Formula:
        axes, shape = _reduced(a, axis, keepdims)
        return call("mean", a, *(() if axes is None else (axes,)), shape=shape)

    def solve(self, a: Any, b: Any, out: None = None) -> Formula:
        return call("solve", a, b, shape=b.shape)

    def concatenate(self, arrays: Iterable[Any], axis: int, out: None = None) -> Formula:
        return call("concatenate", *arrays, words(f"axis {axis}"))

    def getitem(self, a: Any, index: Any, out: None = None) -> Formula:
        return Formula("at", a, words(_index(index)))

    def put(self, g: Any, index: Any, shape: tuple[int, ...], out: None = None) -> Formula:
        return Formula("placed", g, words(f"at [{_index(index)}]"), shape=shape)

    def put_along(self, g: Any, index: Any, axis: int, shape: tuple[int, ...], out: None = None) -> Formula:
        return Formula("placed", g, words("at the place that each came from"), shape=shape)

    # ---- what a network has: fused kernels, in the usual form

    def cross_entropy_backward(self, g: Any, z: Any, target: Any, aux: Any, reduction: str, out: None = None) -> Formula:
        classes = target.shape is not None and len(target.shape) == 1
        softmax = call("softmax", z, shape=z.shape)
        if classes:
            apart = _call("sub", (softmax, call("onehot", target, shape=z.shape)))
        else:
            apart = _call("sub", (self.mul(self.sum(target, 1, True), softmax), target))
        return self.mul(self._of_row(g, z.shape[0], reduction), apart)

    def cross_entropy_target_grad(self, g: Any, z: Any, reduction: str, out: None = None) -> Formula:
        return self.neg(self.mul(self._of_row(g, z.shape[0], reduction), call("log_softmax", z, shape=z.shape)))

    def _of_row(self, g, rows, reduction):
        if reduction == "none":
            return self.reshape(g, (rows, 1))
        return self.div(g, rows) if reduction == "mean" and rows > 1 else g

    def mse_backward(self, g: Any, a: Any, b: Any, reduction: str, out: None = None) -> Formula:
        twice = self.mul(2, self.sub(a, b))
        return self.mul(g, self.div(twice, math.prod(a.shape)) if reduction == "mean" else twice)

    def conv2d_backward(self, g: Any, x: Any, w: Any, aux: Any, need: Any, geometry: Any, out: None = None) -> Any:
        return self.conv2d_input_grad(g, w), self.conv2d_weight_grad(g, x), self.sum(g, (0, 2, 3))

    def conv2d_input_grad(self, g: Any, w: Any, *others: Any, out: None = None) -> Formula:
        """Each g, times the window's weights, at the window's place: conv2d's adjoint in its image."""
        return call("conv_transpose2d", g, w)

    def conv2d_weight_grad(self, g: Any, x: Any, *others: Any, out: None = None) -> Formula:
        """Each window of x times the g that came from it, summed: conv2d's adjoint in its weights."""
        return call("correlate2d", x, g)

    def max_pool2d_scatter(self, g: Any, *others: Any, out: None = None) -> Formula:
        return Formula("placed", g, words("at the first largest of its window"))

    def avg_pool2d_backward(self, g: Any, size: Any, *others: Any, out: None = None) -> Formula:
        return call("spread over its window", self.div(g, math.prod(size)))

    def dropout(self, g: Any, p: float, key: Any, out: None = None) -> Formula:
        return self.div(self.mul(g, words("[kept]")), 1 - p)

    def cumsum(self, a: Any, axis: int, reverse: bool, out: None = None) -> Formula:
        return call("cumsum", a, words(f"axis {axis}, from the end" if reverse else f"axis {axis}"), shape=a.shape)


OPPOSITE = {"greater": "less_equal", "less": "greater_equal", "equal": "not_equal"}
OPPOSITE |= {other: relation for relation, other in OPPOSITE.items()}


def _negated(c):
    return Formula(OPPOSITE[c.head], *c.parts, shape=c.shape) if c.head in OPPOSITE else Formula("not", c, shape=c.shape)


def _is(x, literal):
    """Whether a rule wrote this number itself: those that are computed with are Formulas."""
    return type(x) is int and x == literal


def _call(kernel, args):
    kernel = SIGNED.get(kernel, kernel)
    inside = [formula(a) for a in args if isinstance(a, Formula) or not isinstance(a, bool) and as_number(a) is not None]
    shape = together(*inside)
    if kernel in FORMS:
        return Formula(kernel, *inside, shape=shape)
    return call(kernel, *(inside[:1] if "softmax" in kernel else inside), shape=shape if hasattr(rules, kernel) else None)


def _reduced(a, axis, keepdims):
    """(the axes in words, None if they are all; the shape that is left)"""
    axes = tuple(range(len(a.shape))) if axis is None and a.shape is not None else axis if isinstance(axis, tuple) else (axis,)
    left = None if a.shape is None else tuple(1 if i in axes else n for i, n in enumerate(a.shape) if keepdims or i not in axes)
    if axis is None or a.shape is not None and len(axes) == len(a.shape):
        return None, left
    return words(f"{'axis' if len(axes) == 1 else 'axes'} {', '.join(map(str, axes))}"), left


def _index(index):
    parts = index if isinstance(index, tuple) else (index,)
    said = []
    for part in parts:
        if isinstance(part, slice):
            ends = ["" if end is None else str(end) for end in (part.start, part.stop, part.step)]
            said.append(":".join(ends[:2] if part.step in (None, 1) else ends))
        elif part is Ellipsis:
            said.append("...")
        else:
            said.append(numbers.short(part) if numbers.is_shown(part) else "index")
    return ", ".join(said)


TABLE = Formulas()


def backward_formulas(rule: Callable[..., Any], need: tuple[bool, ...], saved: tuple[Formula, ...] = (),
                      args: tuple[Any, ...] = (), g: Formula | None = None) -> tuple[Formula | None, ...]:
    """What a rule of minigrad's own gives to each of its inputs; None for a rule that looks into arrays.

    need: for each input whether it gets something; saved: what stands for what the rule saved; args: its other arguments, as
    they are; g: what stands for the incoming gradient.
    """
    nothing = (None,) * len(need)
    if not rule.__module__.startswith(("minigrad.rules", "minigrad.ops.", "minigrad.declare")):
        return nothing                  # somebody's own, which is not to be called with formulae
    g = g if g is not None else name("g")
    try:
        textbook = TEXTBOOK.get(rule.__name__)
        if textbook is None:
            found = rule(TABLE, g, need, *saved, *args)
        elif rule.__module__ == "minigrad.declare":         # of operands that were broadcast
            found = [TABLE.sum_to(part, shape) for part, shape in zip(textbook(TABLE, g, *saved), args)]
        else:
            found = textbook(TABLE, g, *saved, *args)
        return tuple(formula(part) if part is not None and wanted else None for part, wanted in zip(found, need))
    except Exception:                   # written for arrays: whatever it asks of them that a formula does not have
        return nothing
