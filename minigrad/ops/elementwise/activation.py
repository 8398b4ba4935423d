"""Activations: what stands between the layers of a network."""

from __future__ import annotations

from minigrad import rules
from minigrad.graph import alike, record, unary
from minigrad.kernels.complex import refusal
from minigrad.kernels.dtypes import is_complex
from minigrad.ops.elementwise.arithmetic import add, div, mul, neg, sub
from minigrad.ops.elementwise.choosing import where
from minigrad.ops.elementwise.functions import abs
from minigrad.ops.elementwise.otherwise import as_it_is, through_floats, with_arguments
from minigrad.ops.elementwise.trigonometry import tanh
from minigrad.ops.operands import in_floats, operands
from minigrad.tensor import Tensor, lift
from minigrad.types import Operand

__all__ = ["celu", "elu", "gelu", "gelu_tanh", "hardshrink", "hardsigmoid", "hardswish", "hardtanh", "leaky_relu",
           "logsigmoid", "mish", "prelu", "relu", "relu6", "selu", "sigmoid", "silu", "softplus", "softshrink",
           "softsign", "tanhshrink", "threshold"]

SELU_ALPHA, SELU_SCALE = 1.6732632423543772848, 1.0507009873554804934       # fixed points of mean 0, variance 1


def relu(a: Operand, at_zero: float = 0) -> Tensor:
    """max(a, 0), elementwise. at_zero: the slope at exactly 0."""
    if at_zero == 0:
        return unary(rules.relu, a, as_it_is)
    a = lift(a)
    return record(a.k, a.k.relu(a.data), (a,), rules.relu_at_zero, rules.relu_at_zero.saves, (at_zero,))


def leaky_relu(a: Operand, negative_slope: float = 0.01) -> Tensor:
    """a, but negative_slope a where a < 0; its slope at 0 is negative_slope, as PyTorch's.

    A. L. Maas, A. Y. Hannun and A. Y. Ng, Rectifier nonlinearities improve neural network acoustic models, 2013.
    """
    return with_arguments(rules.leaky_relu, a, _number("leaky_relu", "negative_slope", negative_slope))


def prelu(a: Operand, weight: Operand) -> Tensor:
    """a, but weight a where a <= 0; the weight, one number or one for each of the channels, axis 1, is learned.

    K. He, X. Zhang, S. Ren and J. Sun, Delving deep into rectifiers, arXiv 1502.01852.
    """
    a, weight = operands("prelu", a, weight)
    if weight.ndim > 1 or weight.size != 1 and (a.ndim < 2 or weight.size != a.shape[1]):
        raise ValueError(f"[prelu] expected one weight, or one for each channel (axis 1), found weight {weight.shape} for "
                         f"a {a.shape}")
    if weight.size != 1:
        weight = weight.reshape(-1, *(1,) * (a.ndim - 2))
    else:
        weight = weight.reshape(())
    return where(a > 0, a, mul(weight, a))


def elu(a: Operand, alpha: float = 1.0) -> Tensor:
    """a, but alpha (e ** a - 1) where a <= 0 (D.-A. Clevert, T. Unterthiner and S. Hochreiter, arXiv 1511.07289)."""
    return with_arguments(rules.elu, a, _number("elu", "alpha", alpha))


def selu(a: Operand) -> Tensor:
    """1.0507 elu(a, 1.67326), which keeps mean 0 and variance 1 (G. Klambauer et al., arXiv 1706.02515)."""
    if not alike(a):
        return in_floats(selu, a)
    return mul(elu(a, SELU_ALPHA), SELU_SCALE)


def celu(a: Operand, alpha: float = 1.0) -> Tensor:
    """a, but alpha (e ** (a / alpha) - 1) where a <= 0 (J. T. Barron, arXiv 1704.07483)."""
    if _number("celu", "alpha", alpha) == 0:
        raise ValueError("[celu] alpha divides, and must not be 0")
    if not alike(a):
        return in_floats(celu, a, alpha)
    return mul(elu(div(a, alpha)), alpha)


def gelu(a: Operand, approximate: str = "none") -> Tensor:
    """a times the share of a normal distribution below a, by the error function, or approximately by "tanh"
    (D. Hendrycks and K. Gimpel, arXiv 1606.08415).
    """
    if approximate not in ("none", "tanh"):
        raise ValueError(f"[gelu] approximate must be 'none' or 'tanh', found {approximate!r}")
    return unary(rules.gelu, a, through_floats) if approximate == "none" else gelu_tanh(a)


def gelu_tanh(a: Operand) -> Tensor:
    """gelu(a, "tanh"): a tanh in place of the normal distribution's integral, as GPT-2 has it; off by 5e-4 at most."""
    return unary(rules.gelu_tanh, a, through_floats)


def silu(a: Operand) -> Tensor:
    """a sigmoid(a), also called swish (S. Elfwing, E. Uchibe and K. Doya, arXiv 1702.03118)."""
    return unary(rules.silu, a, through_floats)


def mish(a: Operand) -> Tensor:
    """a tanh(softplus(a)) (D. Misra, arXiv 1908.08681)."""
    return unary(rules.mish, a, through_floats)


def sigmoid(a: Operand) -> Tensor:
    """1 / (1 + exp(-a)), the logistic function."""
    return unary(rules.sigmoid, a, through_floats)


def softplus(a: Operand, beta: float = 1.0) -> Tensor:
    """log(1 + e ** (beta a)) / beta, a smooth relu."""
    if beta == 1:
        return unary(rules.softplus, a, through_floats)
    if _number("softplus", "beta", beta) == 0:
        raise ValueError("[softplus] beta divides, and must not be 0")
    if not alike(a):
        return in_floats(softplus, a, beta)
    return div(softplus(mul(a, beta)), beta)


def logsigmoid(a: Operand) -> Tensor:
    """log(sigmoid(a)), without overflow."""
    if not alike(a):
        return in_floats(logsigmoid, a)
    return neg(softplus(neg(a)))


def softsign(a: Operand) -> Tensor:
    """a / (1 + |a|)"""
    return unary(rules.softsign, a, through_floats)


# ---- piecewise straight: at a kink the slope is 0, as in PyTorch

def _between(a, low, high):
    """a between low and high, these beyond; the slope is 0 at both, too, and NaN stays."""
    return where(a <= low, low, where(a >= high, high, a))


def hardtanh(a: Operand, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """a between two numbers, these beyond them; its slope at both is 0, where clip's is 1."""
    if not alike(a):
        return in_floats(hardtanh, a, min_val, max_val)
    low, high = _number("hardtanh", "min_val", min_val), _number("hardtanh", "max_val", max_val)
    if low > high:
        raise ValueError(f"[hardtanh] min_val must not be above max_val, found {min_val} and {max_val}")
    return _between(a, low, high)


def relu6(a: Operand) -> Tensor:
    """min(max(a, 0), 6); its slope at 0 and 6 is 0."""
    return _between(lift(a), 0, 6)


def hardsigmoid(a: Operand) -> Tensor:
    """relu6(a + 3) / 6"""
    if not alike(a):
        return in_floats(hardsigmoid, a)
    return div(_between(add(a, 3), 0, 6), 6)


def hardswish(a: Operand) -> Tensor:
    """a hardsigmoid(a) (A. Howard et al., arXiv 1905.02244)."""
    if not alike(a):
        return in_floats(hardswish, a)
    return mul(a, hardsigmoid(a))


def hardshrink(a: Operand, lambd: float = 0.5) -> Tensor:
    """a where |a| > lambd, else 0."""
    a = lift(a)
    if is_complex(a.data.dtype):        # abs is at home with them
        raise refusal("hardshrink", a.data.dtype)
    return where(abs(a) <= _number("hardshrink", "lambd", lambd), 0, a)


def softshrink(a: Operand, lambd: float = 0.5) -> Tensor:
    """a, nearer to 0 by lambd; 0 where |a| <= lambd."""
    if not alike(a):
        return in_floats(softshrink, a, lambd)
    lambd = _number("softshrink", "lambd", lambd)
    return where(a > lambd, sub(a, lambd), where(a < -lambd, add(a, lambd), where(a == a, 0, a)))


def tanhshrink(a: Operand) -> Tensor:
    """a - tanh(a)"""
    if not alike(a):
        return in_floats(tanhshrink, a)
    return sub(a, tanh(a))


def threshold(a: Operand, threshold: float, value: float) -> Tensor:
    """a where it is above the threshold, else the value."""
    a = lift(a)
    return where(a <= _number("threshold", "threshold", threshold), _number("threshold", "value", value), a)


def _number(op, name, n):
    """A Python number that is no operand; what numpy and tensors hold of one becomes one."""
    if isinstance(n, (int, float)):
        return n
    if getattr(n, "size", 0) == 1:
        return n.item()
    raise TypeError(f"[{op}] {name} must be a number, found {n!r}")
