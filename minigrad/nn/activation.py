"""Activations as layers. Names and arguments are PyTorch's; the functions are those of `ops/elementwise/activation.py`."""

from __future__ import annotations

from inspect import Parameter, Signature

from minigrad import ops
from minigrad.graph import alike
from minigrad.nn import functions
from minigrad.nn.module import Module
from minigrad.nn.parameter import Parameter as LearnedParameter
from minigrad.ops.elementwise import relu, sigmoid, tanh
from minigrad.ops.loss.common import a_number
from minigrad.ops.pixels import no_raw_pixels
from minigrad.ops.softmax import log_softmax, softmax
from minigrad.tensor import Tensor
from minigrad.types import Input

__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "SELU",
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "LeakyReLU",
    "LogSigmoid",
    "LogSoftmax",
    "Mish",
    "PReLU",
    "RReLU",
    "ReLU",
    "ReLU6",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softmin",
    "Softplus",
    "Softshrink",
    "Softsign",
    "Tanh",
    "Tanhshrink",
    "Threshold",
]


class ReLU(Module):
    """max(x, 0); relu'(0) = 0."""

    def forward(self, x: Input) -> Tensor:
        return relu(x)


class Sigmoid(Module):
    """1 / (1 + exp(-x))"""

    def forward(self, x: Input) -> Tensor:
        if not alike(x):
            no_raw_pixels(type(self).__name__, x)
        return sigmoid(x)


class Tanh(Module):
    """tanh(x)"""

    def forward(self, x: Input) -> Tensor:
        if not alike(x):
            no_raw_pixels(type(self).__name__, x)
        return tanh(x)


class _AlongDim(Module):
    def __init__(self, dim: int = -1):
        self.dim = dim

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Softmax(_AlongDim):
    """exp(x) / sum(exp(x)) along `dim`. CrossEntropyLoss takes logits: it needs no Softmax before it."""

    def forward(self, x: Input) -> Tensor:
        if not alike(x):
            no_raw_pixels(type(self).__name__, x)
        return softmax(x, self.dim)


class LogSoftmax(_AlongDim):
    """x - log(sum(exp(x))) along `dim`."""

    def forward(self, x: Input) -> Tensor:
        return log_softmax(x, self.dim)


class Softmin(_AlongDim):
    """softmax(-x) along `dim`."""

    def forward(self, x: Input) -> Tensor:
        return softmax(ops.neg(x), self.dim)


class GLU(_AlongDim):
    """The first half along `dim` times the sigmoid of the second (Y. N. Dauphin et al., arXiv 1612.08083)."""

    def forward(self, x: Input) -> Tensor:
        return ops.glu(x, self.dim)


class PReLU(Module):
    """x, but weight x where x <= 0; the weight is learned: one number, or one for each of num_parameters channels (axis 1)."""

    def __init__(self, num_parameters: int = 1, init: float = 0.25):
        if not hasattr(num_parameters, "__index__") or num_parameters < 1 or not isinstance(init, (int, float)):
            raise TypeError(f"[PReLU] expected num_parameters, an int >= 1, and init, a number, found {num_parameters!r} "
                            f"and {init!r}")
        self.weight = LearnedParameter([float(init)] * num_parameters)

    def forward(self, x: Input) -> Tensor:
        return ops.prelu(x, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.weight.size}"


class RReLU(Module):
    """x where it is above 0, elsewhere a x (Xu et al. 2015): in training each a is drawn uniformly from lower to upper, in
    evaluation it is their mean."""

    def __init__(self, lower: float = 1 / 8, upper: float = 1 / 3):
        if not a_number("RReLU", "lower", lower) <= a_number("RReLU", "upper", upper):
            raise ValueError(f"[RReLU] expected lower <= upper, found {lower} and {upper}")
        self.lower, self.upper = lower, upper

    def forward(self, x: Input) -> Tensor:
        return functions.rrelu(x, self.lower, self.upper, self.training)

    def extra_repr(self) -> str:
        return f"lower={self.lower}, upper={self.upper}"


class Softplus(Module):
    """log(1 + exp(beta x)) / beta, without overflow at any x; x itself where beta x is above the threshold, if that is less
    than 20, from where on there is hardly a difference and no threshold is needed."""

    def __init__(self, beta: float = 1.0, threshold: float = 20.0):
        self.beta, self.threshold = beta, a_number("Softplus", "threshold", threshold)

    def forward(self, x: Input) -> Tensor:
        return functions.softplus(x, self.beta, self.threshold)

    def extra_repr(self) -> str:
        return f"beta={self.beta}" + (f", threshold={self.threshold}" if self.threshold < functions.EXACT else "")


def _layer(name, function, doc, **defaults):
    """A layer that calls a function with the arguments that it was made with."""
    def __init__(self, *given, **named):
        if len(given) > len(defaults) or not named.keys() <= defaults.keys() - [*defaults][:len(given)]:
            raise TypeError(f"[{name}] takes {', '.join(defaults) or 'no arguments'}, found "
                            f"{', '.join([*map(repr, given), *named])}")
        for argument, value in (defaults | dict(zip(defaults, given)) | named).items():
            setattr(self, argument, value)

    def forward(self, x: Input) -> Tensor:
        return function(x, *[getattr(self, argument) for argument in defaults])

    def extra_repr(self) -> str:
        return ", ".join(f"{argument}={getattr(self, argument)!r}" for argument in defaults)

    one = [Parameter("self", Parameter.POSITIONAL_OR_KEYWORD)]
    __init__.__signature__ = Signature(one + [Parameter(argument, Parameter.POSITIONAL_OR_KEYWORD, default=value)
                                              for argument, value in defaults.items()])
    members = {"__doc__": doc, "__module__": __name__, "forward": forward, "extra_repr": extra_repr}
    return type(name, (Module,), members | ({"__init__": __init__} if defaults else {}))


LeakyReLU = _layer("LeakyReLU", ops.leaky_relu, "x, but negative_slope x where x < 0.", negative_slope=0.01)
ELU = _layer("ELU", ops.elu, "x, but alpha (exp(x) - 1) where x <= 0.", alpha=1.0)
CELU = _layer("CELU", ops.celu, "x, but alpha (exp(x / alpha) - 1) where x <= 0.", alpha=1.0)
SELU = _layer("SELU", ops.selu, "1.0507 elu(x, 1.67326), which keeps mean 0 and variance 1.")
GELU = _layer("GELU", ops.gelu, "x times the share of a normal distribution below x; approximate: 'none' or 'tanh'.",
              approximate="none")
SiLU = _layer("SiLU", ops.silu, "x sigmoid(x), also called swish.")
Mish = _layer("Mish", ops.mish, "x tanh(softplus(x))")
LogSigmoid = _layer("LogSigmoid", ops.logsigmoid, "log(sigmoid(x)), without overflow.")
Softsign = _layer("Softsign", ops.softsign, "x / (1 + |x|)")
Tanhshrink = _layer("Tanhshrink", ops.tanhshrink, "x - tanh(x)")
ReLU6 = _layer("ReLU6", ops.relu6, "min(max(x, 0), 6)")
Hardtanh = _layer("Hardtanh", ops.hardtanh, "x between min_val and max_val, these beyond.", min_val=-1.0, max_val=1.0)
Hardsigmoid = _layer("Hardsigmoid", ops.hardsigmoid, "relu6(x + 3) / 6")
Hardswish = _layer("Hardswish", ops.hardswish, "x relu6(x + 3) / 6")
Hardshrink = _layer("Hardshrink", ops.hardshrink, "x where |x| > lambd, else 0.", lambd=0.5)
Softshrink = _layer("Softshrink", ops.softshrink, "x, nearer to 0 by lambd; 0 where |x| <= lambd.", lambd=0.5)


class Threshold(Module):
    """x where it is above the threshold, else the value."""

    def __init__(self, threshold: float, value: float):
        self.threshold, self.value = threshold, value

    def forward(self, x: Input) -> Tensor:
        return ops.threshold(x, self.threshold, self.value)

    def extra_repr(self) -> str:
        return f"threshold={self.threshold}, value={self.value}"
