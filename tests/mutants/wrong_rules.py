"""Twenty wrong rules: each is one function of minigrad replaced by one that does what a slip of the pen would.

A mutant is given the right function first, then the arguments: it calls that one with other arguments, or makes something
else of its results, or writes the function out wrongly. It knows what the function means, not how its text runs.
"""

import inspect
import math
from collections.abc import Callable
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from typing import NamedTuple

from minigrad import rules
from minigrad.graph import OUT, Variable, record


class WrongRule(NamedTuple):
    """A mistake in one function of minigrad, and the operation whose fuzzing must find it."""

    mistake: str
    operation: str
    function: str               # module:name, below minigrad
    wrong: Callable             # (the right function, *its arguments), in place of it


def scaled(i, factor):
    """The gradient of input i comes out that many times as large."""
    def rule(right, k, g, need, *saved):
        return [k.mul(a, factor) if j == i and need[i] else a for j, a in enumerate(right(k, g, need, *saved))]

    return rule


def saving(*sources):
    """An operation of one tensor that keeps something else for its rule: inputs by their positions, or OUT."""
    def operation(right, a, **options):
        y = right(a, **options)
        if y.node is not None:
            y.node.sources, y.node.saved = sources, tuple(y.data if s == OUT else a.data for s in sources)
        return y

    return operation


def saving_as_constants(right, *args, **options):
    """What the rule needs is kept as plain arrays, of which nobody knows where they came from."""
    y = right(*args, **options)
    if y.node is not None:
        y.node.args, y.node.sources, y.node.saved = y.node.saved + y.node.args, (), ()
    return y


def div_by_halves(right, k, g, need, b, y):
    return k.pick_div(g, b), k.neg(k.pick_mul(g, y)) if need[1] else None


def power_without_logarithm(right, k, g, need, a, b, y):
    return right(k, g, need, a, b, y)[0], k.pick_mul(g, y) if need[1] else None


def relu_from_zero_on(right, k, g, need, y):
    return (k.where(k.less(y, 0), 0, g),)


def maximum_to_both(right, k, g, need, a, b):
    return k.where(k.less(a, b), 0, g) if need[0] else None, k.where(k.greater(a, b), 0, g) if need[1] else None


def mul_as_if_alike(right, a, b):
    """As if the shapes were the same."""
    if isinstance(a, Variable) and isinstance(b, Variable) and a.shape != b.shape and a.dtype == b.dtype:
        return record(a.k, a.k.mul(a.data, b.data), (a, b), rules.mul, (0, 1))
    return right(a, b)


def mean_of_everything(right, k, g, need, *saved):
    """Divided by how many numbers there are at all, whatever the axes."""
    (ga,) = right(k, g, need, *saved)
    return (k.div(ga, max(math.prod(g.shape), 1)),)


def getitem_overwriting(right, k, g, need, index, shape):
    if k.xp is None:            # the table of differentiable operations
        return right(k, g, need, index, shape)
    ga = k.xp.zeros(shape, g.dtype)
    ga[index] = g
    return (ga,)


def concatenate_swapping(right, k, g, need, axis, sizes):
    parts = right(k, g, need, axis, sizes)
    return parts[::-1] if len(set(sizes)) == 1 else parts


def matmul_by_a_square_as_it_is(right, k, g, need, a, b):
    ga, gb = right(k, g, need, a, b)
    return k.matmul(g, b) if need[0] and b.shape[-1] == b.shape[-2] else ga, gb


def max_pool2d_of_the_last(right, k, x, size, stride, padding, out=None):
    """The winner is the last of equals: each place of the window in turn takes the prize if it is as large."""
    y, index = right(k, x, size, stride, padding, out)
    for place in range(size[0] * size[1]):
        at = k.xp.full_like(index, place)
        here, inside = (k.max_pool2d_gather(a, at, size, stride, padding) for a in (x, k.xp.ones_like(x)))
        index[(here == y) & (inside == 1)] = place
    return y, index


def avg_pool2d_by_one_side(right, k, g, size, *rest):
    """Divided by the square of the window's first side."""
    return k.mul(right(k, g, size, *rest), size[1] / size[0])


def batch_norm_about_a_constant(right, k, g, x, gamma, aux, eps, out=None):
    """Without the gradient that goes through the mean."""
    gx, ggamma, gbeta = right(k, g, x, gamma, aux, eps, out)
    axes = (0, *range(2, len(x.shape)))
    d = k.sub(x, k.mean(x, axes, True))
    rstd = k.power(k.add(k.mean(k.mul(d, d), axes, True), eps), -0.5)
    slope = k.mul(rstd, k.reshape(gamma, (1, -1) + (1,) * len(axes[1:])))
    return k.add(gx, k.mul(k.mean(g, axes, True), slope)), ggamma, gbeta


def batch_norm_of_a_constant(right, k, g, need, x, *rest):
    return right(k, g, need, x.detach() if isinstance(x, Variable) else x, *rest)


def dropout_drawing_again(right, k, g, need, p, key):
    return right(k, g, need, p, key + key.dtype.type(1))


def log_softmax_without_the_sum(right, k, g, need, y, axis):
    return (k.sub(g, k.mul(k.exp(y), g)),)


def cross_entropy_summing(right, k, g, need, z, target, reduction, aux):
    return right(k, g, need, z, target, "sum" if reduction == "mean" else reduction, aux)


WRONG_RULES = (
    WrongRule("tanh saves x for y", "tanh", "ops.elementwise.trigonometry:tanh", saving(0)),
    WrongRule("div's second operand forgets one division", "div", "rules:div", div_by_halves),
    WrongRule("power misses the logarithm", "power", "rules:power", power_without_logarithm),
    WrongRule("relu masks with >= for >", "relu", "rules:relu", relu_from_zero_on),
    WrongRule("maximum does not split a tie", "maximum", "rules:maximum", maximum_to_both),
    WrongRule("mul of a broadcast operand is not summed back", "mul", "ops.elementwise.arithmetic:mul", mul_as_if_alike),
    WrongRule("mean divides by the wrong count", "mean", "ops.reduce:mean_rule", mean_of_everything),
    WrongRule("getitem overwrites where an index repeats", "getitem", "ops.index.picking:getitem_rule", getitem_overwriting),
    WrongRule("concatenate swaps the gradients of equal parts", "concatenate", "ops.shape.joining:concatenate_rule",
              concatenate_swapping),
    WrongRule("matmul does not transpose a square matrix", "matmul", "ops.matmul:matmul_rule", matmul_by_a_square_as_it_is),
    WrongRule("linear's weight gradient is 0.1 % too large", "linear", "ops.matmul:linear_rule", scaled(1, 1.001)),
    WrongRule("conv2d's weight gradient is 0.1 % too large", "conv2d", "ops.conv:conv2d_rule", scaled(1, 1.001)),
    WrongRule("max_pool2d gives to the last of equals", "max_pool2d", "kernels.reference.pool:Pool.max_pool2d",
              max_pool2d_of_the_last),
    WrongRule("avg_pool2d counts one side of the window twice", "avg_pool2d", "kernels.reference.pool:Pool.avg_pool2d_backward",
              avg_pool2d_by_one_side),
    WrongRule("batch_norm takes its mean for a constant", "batch_norm", "kernels.reference.norm:Norm.batch_norm_backward",
              batch_norm_about_a_constant),
    WrongRule("batch_norm takes what it kept for a constant at second order", "batch_norm", "ops.norm:batch_norm_rule",
              batch_norm_of_a_constant),
    WrongRule("dropout draws another mask on the way back", "dropout_with_key", "ops.dropout:dropout_rule",
              dropout_drawing_again),
    WrongRule("softmax saves its result as a plain array", "softmax", "ops.softmax:softmax", saving_as_constants),
    WrongRule("log_softmax misses the sum of g", "log_softmax", "ops.softmax:log_softmax_rule", log_softmax_without_the_sum),
    WrongRule("cross_entropy forgets the 1/N of a mean", "cross_entropy", "ops.loss.classes:cross_entropy_rule",
              cross_entropy_summing),
)


def found(path):
    """The function of that name, module:name below minigrad, under whatever decorates it."""
    module, names = path.split(":")
    function = import_module(f"minigrad.{module}")
    for name in names.split("."):
        function = getattr(function, name)
    return inspect.unwrap(function)


@contextmanager
def planted(mutant):
    """The function is the wrong one while the block runs, for all who hold it: tables, operations, nodes recorded before.

    They hold the function object, so that stays; what it runs, its code, is for a while a call of the mutant.
    """
    function = found(mutant.function)
    code, defaults, names = function.__code__, function.__defaults__, function.__globals__
    right = type(function)(code, names, function.__name__, defaults)
    right.__kwdefaults__ = function.__kwdefaults__

    def call(*args, **options):
        return mutant_in_place(*args, **options)        # noqa: F821 (looked up in the function's module)

    names["mutant_in_place"] = partial(mutant.wrong, right)
    function.__code__, function.__defaults__ = call.__code__, None
    try:
        yield
    finally:
        function.__code__, function.__defaults__ = code, defaults
        del names["mutant_in_place"]
