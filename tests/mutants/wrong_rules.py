"""Twenty wrong rules: each is one piece of the source of an operation, replaced as a slip of the pen would."""

import inspect
import textwrap
from contextlib import contextmanager
from importlib import import_module
from typing import NamedTuple


class WrongRule(NamedTuple):
    """A mistake in one function of minigrad, and the operation whose fuzzing must find it."""

    mistake: str
    operation: str
    function: str               # module:name, below minigrad
    right: str                  # a piece of its source, which stands there once
    wrong: str                  # what stands there instead


WRONG_RULES = (
    WrongRule("tanh saves x for y", "tanh", "ops.elementwise:tanh", "unary(rules.tanh, a, _in_floats)",
              "record(a.k, a.k.tanh(a.data), (a,), rules.tanh, (0,))"),
    WrongRule("div's second operand forgets one division", "div", "rules:div", "k.pick_mul(ga, y)", "k.pick_mul(g, y)"),
    WrongRule("power misses the logarithm", "power", "rules:power",
              "k.pick_mul(y, k.log(base))", "y"),
    WrongRule("relu masks with >= for >", "relu", "ops.elementwise:relu",
              "unary(rules.relu, a, _as_it_is)", "relu(a, at_zero=1)"),
    WrongRule("maximum does not split a tie", "maximum", "rules:_share", "k.div(g, 2)", "g"),
    WrongRule("mul of a broadcast operand is not summed back", "mul", "ops.elementwise:mul", "binary(rules.mul, a, b, _paired)",
              "binary(rules.mul, a, b, _paired) if not (isinstance(a, Variable) and isinstance(b, Variable)) else "
              "record(a.k, a.k.mul(a.data, b.data), (a, b), rules.mul, (0, 1))"),
    WrongRule("mean divides by the wrong count", "mean", "ops.reduce:mean",
              "count_along(shape, axes)", "count_along(shape, None)"),
    WrongRule("getitem overwrites where an index repeats", "getitem", "ops.index:getitem_rule",
              "k.put(g, index, shape)", "k.put(g, index, shape) if k.xp is None else "
              "(lambda y: (y.__setitem__(index, g), y)[1])(k.xp.zeros(shape, g.dtype))"),
    WrongRule("concatenate swaps the gradients of equal parts", "concatenate", "ops.shape:concatenate_rule",
              "return parts", "return parts[::-1] if len(set(sizes)) == 1 else parts"),
    WrongRule("matmul does not transpose a square matrix", "matmul", "ops.matmul:matmul_rule",
              "k.matmul(g, _swap(k, b))", "k.matmul(g, b if b.shape[-1] == b.shape[-2] else _swap(k, b))"),
    WrongRule("linear's weight gradient is 0.1 % too large", "linear", "ops.matmul:linear_rule",
              "return k.linear_backward(g, x, w, need)",
              "return [k.mul(a, 1.001) if i == 1 and need[1] else a for i, a in enumerate(k.linear_backward(g, x, w, need))]"),
    WrongRule("conv2d's weight gradient is 0.1 % too large", "conv2d", "ops.conv:conv2d_rule",
              "return k.conv2d_backward(g, x, w, aux, need, geometry)",
              "return [k.mul(a, 1.001) if i == 1 and need[1] else a "
              "for i, a in enumerate(k.conv2d_backward(g, x, w, aux, need, geometry))]"),
    WrongRule("max_pool2d gives to the last of equals", "max_pool2d", "kernels.reference.pool:Pool._max_by_place",
              "piece > y", "piece >= y"),
    WrongRule("avg_pool2d counts one side of the window twice", "avg_pool2d", "kernels.reference.pool:Pool.avg_pool2d_backward",
              "size[0] * size[1]", "size[0] * size[0]"),
    WrongRule("batch_norm takes its mean for a constant", "batch_norm", "kernels.reference.norm:Norm.batch_norm_backward",
              "self.add(self.mean(g, axes, True), self.mul(xhat, self.mean(gxhat, axes, True)))",
              "self.mul(xhat, self.mean(gxhat, axes, True))"),
    WrongRule("batch_norm takes what it kept for a constant at second order", "batch_norm", "ops.norm:batch_norm_rule",
              "(g, x, gamma, aux, eps)", "(g, x.detach() if hasattr(x, 'detach') else x, gamma, aux, eps)"),
    WrongRule("dropout draws another mask on the way back", "dropout_with_key", "ops.dropout:dropout_rule",
              "(g, p, key)", "(g, p, key + key.dtype.type(1))"),
    WrongRule("softmax saves its result as a plain array", "softmax", "ops.softmax:softmax",
              "z.k.softmax(z.data, axis), (z,), softmax_rule, (OUT,), (axis,)",
              "y := z.k.softmax(z.data, axis), (z,), softmax_rule, (), (y, axis)"),
    WrongRule("log_softmax misses the sum of g", "log_softmax", "ops.softmax:log_softmax_rule",
              "k.log_softmax_backward(g, y, axis)", "k.sub(g, k.mul(k.exp(y), g))"),
    WrongRule("cross_entropy forgets the 1/N of a mean", "cross_entropy", "ops.loss:cross_entropy_rule",
              "aux, reduction)", "aux, 'sum' if reduction == 'mean' else reduction)"),
)


@contextmanager
def planted(mutant):
    """The function runs the wrong code while the block does, for all who hold it: rules, operations, every order."""
    module, path = mutant.function.split(":")
    module = import_module(f"minigrad.{module}")
    function = module
    for name in path.split("."):
        function = getattr(function, name)
    function = inspect.unwrap(function)
    source = textwrap.dedent(inspect.getsource(function))
    if source.count(mutant.right) != 1:
        raise ValueError(f"{mutant.mistake}: {mutant.right!r} stands {source.count(mutant.right)} times in {mutant.function}, "
                         "not once: the source has changed, so must the mutant")
    made = {}
    exec(compile(source.replace(mutant.right, mutant.wrong), mutant.function, "exec"), vars(module), made)
    right, function.__code__ = function.__code__, inspect.unwrap(made[function.__name__]).__code__
    try:
        yield
    finally:
        function.__code__ = right
