"""Initial values, drawn from the engine's seed (`manual_seed`) and written into a tensor's array in place.

fan_in is how many inputs feed one output of a weight (O, I, ...), fan_out how many outputs one input feeds. By name,
for layers: "torch" is PyTorch's default, "keras" is Keras's.
"""

import math
import numbers
from collections.abc import Callable

import numpy as np

from minigrad.graph import Variable
from minigrad.nn.parameter import write
from minigrad.random import generator
from minigrad.tensor import Tensor

GAINS = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2)}


def uniform_(t: Tensor, low: float = 0.0, high: float = 1.0) -> Tensor:
    """Uniform in [low, high); returns t, as all of these do."""
    return _filled(t, generator().uniform(low, high, t.shape))


def normal_(t: Tensor, mean: float = 0.0, std: float = 1.0) -> Tensor:
    """Normal with this mean and standard deviation."""
    return _filled(t, generator().normal(mean, std, t.shape))


def constant_(t: Tensor, value: float) -> Tensor:
    """One value everywhere."""
    return _filled(t, np.full(t.shape, value))


def zeros_(t: Tensor) -> Tensor:
    return constant_(t, 0)


def ones_(t: Tensor) -> Tensor:
    return constant_(t, 1)


def xavier_uniform_(t: Tensor, gain: float = 1.0) -> Tensor:
    """U(-a, a), a = gain sqrt(6 / (fan_in + fan_out)) (Glorot & Bengio 2010)."""
    bound = gain * math.sqrt(6 / sum(fans(t)))
    return uniform_(t, -bound, bound)


def xavier_normal_(t: Tensor, gain: float = 1.0) -> Tensor:
    """N(0, s^2), s = gain sqrt(2 / (fan_in + fan_out))."""
    return normal_(t, 0, gain * math.sqrt(2 / sum(fans(t))))


glorot_uniform_ = xavier_uniform_
glorot_normal_ = xavier_normal_


def kaiming_uniform_(t: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu") -> Tensor:
    """U(-b, b), b = gain sqrt(3 / fan) (He et al. 2015). a: the slope of a leaky ReLU; other nonlinearities ignore it."""
    bound = _gain(a, nonlinearity) * math.sqrt(3 / _fan(t, mode))
    return uniform_(t, -bound, bound)


def kaiming_normal_(t: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu") -> Tensor:
    """N(0, s^2), s = gain / sqrt(fan). a: the slope of a leaky ReLU; other nonlinearities ignore it."""
    return normal_(t, 0, _gain(a, nonlinearity) / math.sqrt(_fan(t, mode)))


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
