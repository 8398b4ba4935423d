"""Initial values, drawn from the engine's seed (`manual_seed`) and written into a tensor's array in place.

fan_in is how many inputs feed one output of a weight (O, I, ...), fan_out how many outputs one input feeds. By name,
for layers: "torch" is PyTorch's default, "keras" is Keras's.
"""

import math
import numbers
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from minigrad.graph import Variable
from minigrad.nn.parameter import write
from minigrad.random import Generator
from minigrad.random import generator as numbers_of
from minigrad.system.names import missing
from minigrad.tensor import Tensor

__all__ = ["calculate_gain", "constant_", "dirac_", "eye_", "fans", "glorot_normal_", "glorot_uniform_", "initialise",
           "kaiming_normal_", "kaiming_uniform_", "normal_", "ones_", "orthogonal_", "sparse_", "trunc_normal_", "uniform_",
           "xavier_normal_", "xavier_uniform_", "zeros_"]

GAINS = {**dict.fromkeys(("linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
                          "sigmoid"), 1.0), "tanh": 5 / 3, "relu": math.sqrt(2), "selu": 0.75}


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Uniform in [a, b); returns the tensor, as all of these do. generator: draws from it, not from the engine's seed."""
    return _filled(tensor, numbers_of(generator).uniform(a, b, tensor.shape))


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Normal with this mean and standard deviation."""
    return _filled(tensor, numbers_of(generator).normal(mean, std, tensor.shape))


def trunc_normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0,
                  generator: Generator | None = None) -> Tensor:
    """Normal with this mean and standard deviation (before it is cut), all of it from a to b: what is outside is drawn anew.

    a and b are numbers as drawn, not standard deviations (PyTorch).
    """
    if not a < b or not std > 0:
        raise ValueError(f"[init] trunc_normal_ needs a < b and std > 0, found a={a}, b={b}, std={std}")
    low, high = (a - mean) / std, (b - mean) / std
    top = min(max(low, 0.0), high)                      # where the density is the largest
    rng, values = numbers_of(generator), np.empty(math.prod(tensor.shape))
    much = math.erf(high / math.sqrt(2)) - math.erf(low / math.sqrt(2)) > 0.6
    todo = np.arange(values.size)
    while todo.size:
        if much:                                        # a good part of all normal numbers lies there
            z = rng.standard_normal(todo.size)
            kept = (z >= low) & (z <= high)
        else:
            z = rng.uniform(low, high, todo.size)
            kept = rng.random(todo.size) <= np.exp((top * top - z * z) / 2)
        values[todo[kept]] = z[kept]
        todo = todo[~kept]
    return _filled(tensor, np.clip(values * std + mean, a, b).reshape(tensor.shape))


def constant_(tensor: Tensor, val: float) -> Tensor:
    """One value everywhere."""
    return _filled(tensor, np.full(tensor.shape, val))


def zeros_(tensor: Tensor) -> Tensor:
    return constant_(tensor, 0)


def ones_(tensor: Tensor) -> Tensor:
    return constant_(tensor, 1)


def eye_(tensor: Tensor) -> Tensor:
    """1 on the diagonal of a matrix, 0 elsewhere: a Linear gives what it is given, as far as it has outputs."""
    _check_axes("eye_", tensor, 2)
    return _filled(tensor, np.eye(tensor.shape[0], tensor.shape[1]))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """The weight (O, I, ...) of a convolution that gives what it is given, channel by channel, as far as it has channels; so in
    each of `groups` groups."""
    _check_axes("dirac_", tensor, 3, 4, 5)
    if isinstance(groups, bool) or not hasattr(groups, "__index__") or groups < 1 or tensor.shape[0] % groups:
        raise ValueError(f"[init] dirac_ needs groups, an int >= 1 that divides the {tensor.shape[0]} outputs, found "
                         f"{groups!r}")
    outputs, inputs, *sides = tensor.shape
    values, each, middle = np.zeros(tensor.shape), outputs // groups, tuple(side // 2 for side in sides)
    for group in range(groups):
        for i in range(min(each, inputs)):
            values[(group * each + i, i) + middle] = 1
    return _filled(tensor, values)


def orthogonal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """gain times a matrix (O, the rest) with orthonormal rows, or columns if there are more rows, drawn uniformly from all such
    (Saxe et al. 2014; Mezzadri 2007)."""
    if tensor.ndim < 2:
        raise ValueError(f"[init] orthogonal_ needs a weight (O, I, ...), found shape {tensor.shape}")
    if not tensor.size:
        return _filled(tensor, np.zeros(tensor.shape))
    rows, columns = tensor.shape[0], tensor.size // tensor.shape[0]
    q, r = np.linalg.qr(numbers_of(generator).standard_normal((max(rows, columns), min(rows, columns))))
    q *= np.where(r.diagonal() < 0, -gain, gain)
    return _filled(tensor, (q if rows >= columns else q.T).reshape(tensor.shape))


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Generator | None = None) -> Tensor:
    """Normal numbers in a matrix, of which the share `sparsity` of each column, rounded up, is 0 (Martens 2010)."""
    _check_axes("sparse_", tensor, 2)
    if not 0 <= sparsity <= 1:
        raise ValueError(f"[init] sparse_ needs a sparsity from 0 to 1, found {sparsity}")
    rng, rows = numbers_of(generator), tensor.shape[0]
    values = rng.normal(0, std, tensor.shape)
    order = rng.permuted(np.tile(np.arange(rows)[:, None], (1, tensor.shape[1])), axis=0)
    values[order < math.ceil(sparsity * rows)] = 0
    return _filled(tensor, values)


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """U(-a, a), a = gain sqrt(6 / (fan_in + fan_out)) (Glorot & Bengio 2010)."""
    bound = gain * math.sqrt(6 / sum(fans(tensor)))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """N(0, s^2), s = gain sqrt(2 / (fan_in + fan_out))."""
    return normal_(tensor, 0, gain * math.sqrt(2 / sum(fans(tensor))), generator)


glorot_uniform_ = xavier_uniform_
glorot_normal_ = xavier_normal_


def kaiming_uniform_(tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu",
                     generator: Generator | None = None) -> Tensor:
    """U(-b, b), b = gain sqrt(3 / fan) (He et al. 2015). a: the slope of a leaky ReLU; other nonlinearities ignore it."""
    bound = _gain(a, nonlinearity) * math.sqrt(3 / _fan(tensor, mode))
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu",
                    generator: Generator | None = None) -> Tensor:
    """N(0, s^2), s = gain / sqrt(fan). a: the slope of a leaky ReLU; other nonlinearities ignore it."""
    return normal_(tensor, 0, _gain(a, nonlinearity) / math.sqrt(_fan(tensor, mode)), generator)


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """By how much a weight's standard deviation is to be larger before that function: its name in nn.functional, or that of a
    layer without one, "linear" or "conv2d". param: the slope of a leaky ReLU, 0.01 if not given."""
    return _gain(0.01 if param is None else param, nonlinearity)


def fans(t: Tensor) -> tuple[int, int]:
    """(fan_in, fan_out) of a weight (O, I, ...)."""
    if t.ndim < 2:
        raise ValueError(f"[init] fan_in and fan_out need a weight (O, I, ...), found shape {t.shape}")
    size = math.prod(t.shape[2:])
    return t.shape[1] * size, t.shape[0] * size


def initialise(name: str, weight: Tensor, bias: Tensor | None) -> None:
    """Fill a layer's weight and bias by the scheme of that name."""
    if name not in SCHEMES:
        raise ValueError(f"[init] there is no scheme {name!r}: choose one of {', '.join(map(repr, SCHEMES))}, or call "
                         "a function of nn.init on the layer's weight")
    SCHEMES[name](weight, bias)


def _torch(weight, bias):
    """PyTorch's default: kaiming_uniform with a = sqrt 5, which is U(-b, b), b = 1 / sqrt(fan_in), and so the bias."""
    kaiming_uniform_(weight, a=math.sqrt(5))
    if bias is not None:
        bound = 1 / math.sqrt(fans(weight)[0])
        uniform_(bias, -bound, bound)


def _keras(weight, bias):
    """Keras's default: glorot_uniform weights, zero bias."""
    xavier_uniform_(weight)
    if bias is not None:
        zeros_(bias)


SCHEMES: dict[str, Callable] = {"torch": _torch, "keras": _keras}


def _filled(t, values):
    if not isinstance(t, Variable):
        raise TypeError(f"[init] found {type(t).__name__} but expected a tensor: give the parameter itself, "
                        "m.weight, and not the array that is its .data")
    write(t, values)
    return t


def _check_axes(name, t, *known):
    if t.ndim not in known:
        raise ValueError(f"[init] {name} needs a tensor with {' or '.join(map(str, known))} axes, found shape {t.shape}")


def _fan(t, mode):
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"[init] mode must be 'fan_in' or 'fan_out', found {mode!r}")
    return fans(t)[mode == "fan_out"]


def _gain(a, nonlinearity):
    if nonlinearity == "leaky_relu":
        if isinstance(a, bool) or not isinstance(a, numbers.Real):
            raise TypeError(f"[init] a, the slope of a leaky ReLU, must be a number, found {a!r}")
        return math.sqrt(2 / (1 + a * a))
    if nonlinearity not in GAINS:
        raise ValueError(f"[init] nonlinearity must be 'leaky_relu' or one of {', '.join(map(repr, GAINS))}, found "
                         f"{nonlinearity!r}")
    return GAINS[nonlinearity]


if not TYPE_CHECKING:
    def __getattr__(name: str) -> None:
        raise AttributeError(missing(__name__, name))
