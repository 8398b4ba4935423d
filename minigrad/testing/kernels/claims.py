"""How near to the reference each native kernel's results must come, and why they may differ at all.

`KERNELS` has one entry for every kernel that the native table overrides; `parity.check_kernel` holds it to that.

Most kernels give the reference's numbers exactly. Where they add in another order, fuse multiplications or approximate a
function themselves, errors are measured element by element in units of eps * size, where `size` is what the result would be
if nothing cancelled: for a sum the sum of |a|, for a product of matrices |a| @ |b|; in float64, special numbers left out.
Where that is near the largest number of the dtype, partial results overflow in one order of adding and not in another:
nothing is asked there. Everywhere else NaN and infinities stand exactly where the reference has them.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from minigrad.kernels.reference import count_along
from minigrad.kernels.threads import native
from minigrad.testing.kernels import inputs
from minigrad.testing.kernels.inputs import REFERENCE

TINY, HUGE = np.finfo(np.float32).tiny, float(np.finfo(np.float32).max)
ORDER = "sums are added in another order, products fused: eps of the sum of magnitudes"
ULPS = "the native approximation and numpy's are each some units in the last place off"
EITHER_ZERO = "max(0, -0) may be either zero: numpy's own answer depends on the machine"


class Claim(NamedTuple):
    """A kernel's arguments, and what its results are held to."""

    arguments: Any                              # a strategy of tuples
    units: float = 0                            # the error allowed, in eps * size; 0: the same numbers
    why: str = ""                               # why they may differ
    size: Callable[..., Any] | None = None      # (*arguments) -> float64, one for each result; None: |result|
    zero_signs: bool = True                     # where units is 0: whether the sign of a zero is defined
    results: int | None = None                  # how many results are compared: what follows is a cache (aux)
    writes: tuple[int, ...] = ()                # the arguments that it writes, its results then
    forward: Callable[..., Any] | None = None   # (table, arguments) -> the aux that this table's forward keeps
    tiny: float = 0                             # an absolute error allowed, in smallest normal numbers
    nan_or_inf: bool = False                    # whether NaN and inf may stand for one another


def finite(a):
    """|a| in float64; 0 for what is not finite."""
    a = np.abs(np.asarray(a, np.float64))
    return np.where(np.isfinite(a), a, 0)


def by_magnitude(name, *factors, partial=None):
    """The size of a kernel that is linear in each of the arguments `factors`: itself, of their magnitudes.

    partial: (*arguments) -> how many times larger a partial result is, in a mean.
    """
    def size(*args):
        magnitudes = [finite(a) if i in factors and a is not None else a for i, a in enumerate(args)]
        whole = first_result(getattr(REFERENCE, name)(*magnitudes))
        return whole if partial is None else unless_over(whole, whole * partial(*args))

    return size


def unless_over(size, partial):
    """size, but inf (nothing is asked) where a partial result is near overflow."""
    return np.where(partial > HUGE / 4, np.inf, size)


def first_result(found):
    """The first of several results."""
    return found[0] if isinstance(found, tuple) else found


def product_size(name):
    """The size of a product of the first two arguments; inf where 0 meets inf or NaN.

    There the reference is either: for thin matrices numpy's BLAS takes a factor of 0 as "add nothing", which is no NaN.
    """
    biased = name in ("linear", "conv2d")
    whole = by_magnitude(name, 0, 1, 2) if biased else by_magnitude(name, 0, 1)

    def size(a, b, *rest):
        def f(*factors):
            return first_result(getattr(REFERENCE, name)(*factors))

        beside = [None, *rest[1:]] if biased else rest
        zero, endless = ([np.asarray(test, np.float64) for test in tests]
                         for tests in ((a == 0, b == 0), (~np.isfinite(a), ~np.isfinite(b))))
        meets = f(zero[0], endless[1], *beside) + f(endless[0], zero[1], *beside)
        return np.where(meets > 0.5, np.inf, whole(a, b, *rest))

    return size


def affine_gradient_size(g, x, w, need):
    """(gx, gw, gb), None for those not asked for."""
    size = product_size("matmul")
    return (size(g, w) if need[0] else None, size(g.T, x) if need[1] else None, finite(g).sum(0) if need[2] else None)


def convolution_gradient_size(g, x, w, aux, need, geometry):
    """(gx, gw, gb), None for those not asked for."""
    return (product_size("conv2d_input_grad")(g, w, geometry, x.shape) if need[0] else None,
            product_size("conv2d_weight_grad")(g, x, geometry, w.shape) if need[1] else None,
            finite(g).sum((0, 2, 3)) if need[2] else None)


def distribution_size(z, axis):
    """|z - its largest| + log of how many: what log softmax adds up."""
    with np.errstate(all="ignore"):
        z = np.asarray(z, np.float64)
        return finite(z - REFERENCE.finite_max(z, axis)) + np.log(max(z.shape[axis], 2))


def softmax_size(z, axis):
    with np.errstate(all="ignore"):
        return finite(REFERENCE.softmax(z.astype(np.float64), axis))


def softmax_gradient_size(g, y, axis):
    g, y = finite(g), finite(y)
    total = (g * y).sum(axis, keepdims=True)
    return unless_over(y * (g + total), total)


def log_softmax_gradient_size(g, y, axis):
    total = finite(g).sum(axis, keepdims=True)
    return unless_over(finite(g) + (np.exp(y.astype(np.float64)) + TINY) * total, total)


def dense(target, z):
    return finite(target if target.ndim == 2 else REFERENCE.one_hot(target, z.shape[1], np.float64))


def loss_size(z, target, reduction):
    rows = (dense(target, z) * distribution_size(z, 1)).sum(1)
    if reduction == "none":
        return rows
    return unless_over(rows.mean(), rows.sum()) if reduction == "mean" and len(rows) else rows.sum()


def loss_gradient_size(g, z, target, aux, reduction):
    t = dense(target, z)
    g = finite(g)[:, None] if reduction == "none" else finite(g) / (max(len(z), 1) if reduction == "mean" else 1)
    with np.errstate(all="ignore"):
        y = finite(REFERENCE.softmax(z.astype(np.float64), 1)) + TINY       # a denormal probability has few digits
        return (y * t.sum(1, keepdims=True) + t) * g


def distance_size(a, b, reduction):
    size = REFERENCE.mse(finite(a), -finite(b), reduction)
    return unless_over(size, size * a.size) if reduction == "mean" else size


def distance_gradient_size(g, a, b, reduction):
    """Where 2 g / N falls below the smallest normal number it has lost digits before it meets a - b."""
    a, b = finite(a), finite(b)
    return unless_over(REFERENCE.mse_backward(finite(g), a, -b, reduction) + (a + b) * TINY, 2 * (a + b))


def normalised_sizes(x, eps):
    """In float64, for each element or channel: |xhat|, the largest of its channel, 1 / sd, the mean's size, the variance's.

    What is lost is lost of differences: from the mean, and from a block's first row, which may be the farthest of all.
    """
    with np.errstate(all="ignore"):
        xhat, rstd, mean, var = REFERENCE._normalise(finite(x) * np.sign(x, where=np.isfinite(x), out=np.zeros_like(x)), eps)
        axes = (0, *range(2, x.ndim))
        xhat = np.abs(xhat)
        reach, typical = xhat.max(axes, keepdims=True), xhat.mean(axes, keepdims=True)
        return xhat, reach, rstd, np.abs(mean) + reach / rstd, var + typical * reach / rstd**2


def batch_size(x, gamma, beta, eps):
    """(y, mean, variance)."""
    shape = (1, -1) + (1,) * (x.ndim - 2)
    xhat, reach, rstd, mean, variance = normalised_sizes(x, eps)
    y = finite(gamma).reshape(shape) * (xhat * (1 + variance * rstd**2) + reach) + finite(beta).reshape(shape)
    return y, mean.reshape(-1), variance.reshape(-1)


def batch_gradient_size(g, x, gamma, aux, eps):
    """(gx, ggamma, gbeta)."""
    axes = (0, *range(2, x.ndim))
    xhat, reach, rstd, _, variance = normalised_sizes(x, eps)
    reach = reach + xhat * (1 + variance * rstd**2)
    g, gamma = finite(g), finite(gamma).reshape((1, -1) + (1,) * (x.ndim - 2))
    gx = gamma * rstd * (1 + variance * rstd**2) * (
        g + g.mean(axes, keepdims=True) + reach * (g * reach).mean(axes, keepdims=True))
    partial = (g * (1 + reach)).sum(axes, keepdims=True)
    return unless_over(gx, partial), (g * reach).sum(axes), g.sum(axes)


def batch_at_rest_size(x, mean, var, gamma, beta, eps):
    shape = (1, -1) + (1,) * (x.ndim - 2)
    with np.errstate(all="ignore"):
        xhat = finite(x.astype(np.float64) - mean.reshape(shape)) * (var.astype(np.float64).reshape(shape) + eps) ** -0.5
        return xhat * finite(gamma).reshape(shape) + finite(beta).reshape(shape)


def sgd_size(params, grads, velocities, lr, momentum, weight_decay, nesterov, keras):
    """The new parameters, then the new velocities."""
    steps = [finite(g) + weight_decay * finite(p) for p, g in zip(params, grads, strict=True)]
    if velocities is None:
        return [finite(p) + lr * s for p, s in zip(params, steps, strict=True)]
    moved = [momentum * finite(v) + (lr * s if keras else s) for v, s in zip(velocities, steps, strict=True)]
    return [finite(p) + v + s for p, v, s in zip(params, moved, steps, strict=True)] + moved


def adam_size(params, grads, means, squares, step, lr, beta1, beta2, eps, weight_decay, decoupled):
    """The new parameters, then the means, the squares, and the step; where the squares overflow, so do the parameters."""
    new = [[], [], []]
    for p, g, m, v in zip(params, grads, means, squares, strict=True):
        g = finite(g) + weight_decay * finite(p)
        m, v = finite(m) + (1 - beta1) * g, finite(v) + (1 - beta2) * g * g
        rest = np.sqrt(beta2 * finite(v)) + eps
        moved = finite(p) + lr / (1 - beta1) * m / np.where(rest > 0, rest, 1)
        for found, a in zip(new, (np.maximum(moved, v), m, v), strict=True):
            found.append(a)
    return [*new[0], *new[1], *new[2], step]


def elementwise():
    """The claims of every elementwise kernel: approximated ones some units off, the others exact."""
    kinds = native().elementwise() if native() else {}
    arguments = {"unary": inputs.one, "binary": inputs.two, "compare": inputs.two, "backward": inputs.gradient_and_result}
    return {name: Claim(arguments[kind], 8, ULPS, tiny=1e-6) if approximated else Claim(arguments[kind])
            for kind, names in kinds.items() for name, approximated in names.items()}


KERNELS = {
    "copy": Claim(inputs.one),
    "put": Claim(inputs.put_at, 16, ORDER, by_magnitude("put", 0)),
    "put_along": Claim(inputs.put_along_axis, 16, ORDER, by_magnitude("put_along", 0)),
    "reshape": Claim(inputs.reshaped),
    **elementwise(),
    **{name: Claim(inputs.two, why=EITHER_ZERO, zero_signs=False) for name in ("maximum", "minimum")},
    "relu": Claim(inputs.one, why=EITHER_ZERO, zero_signs=False),
    "sqrt": Claim(inputs.one),
    "where": Claim(inputs.chosen),
    "sigmoid_backward": Claim(inputs.gradient_and_result, 4, ORDER, lambda g, y: finite(g) * finite(y) * (1 + finite(y))),
    "tanh_backward": Claim(inputs.gradient_and_result, 4, ORDER, lambda g, y: finite(g) * (1 + finite(y) ** 2)),
    "sum": Claim(inputs.reduced, 16, ORDER, by_magnitude("sum", 0)),
    "mean": Claim(inputs.reduced, 16, ORDER, by_magnitude(
        "mean", 0, partial=lambda a, axis, keepdims: count_along(a.shape, axis))),
    **{name: Claim(inputs.reduced_along_one, why=EITHER_ZERO, zero_signs=False) for name in ("max", "argmax")},
    "sum_to": Claim(inputs.reduced_to, 16, ORDER, by_magnitude("sum_to", 0)),
    "matmul": Claim(inputs.matrices, 16, ORDER, product_size("matmul")),
    "linear": Claim(inputs.affine, 16, ORDER, product_size("linear")),
    "linear_backward": Claim(inputs.affine_gradient, 16, ORDER, affine_gradient_size),
    "conv2d": Claim(inputs.images, 16, ORDER, product_size("conv2d"), results=1),
    "conv2d_backward": Claim(inputs.convolution_gradient, 16, ORDER, convolution_gradient_size),
    "conv2d_input_grad": Claim(inputs.image_gradient, 16, ORDER, product_size("conv2d_input_grad")),
    "conv2d_weight_grad": Claim(inputs.weight_gradient, 16, ORDER, product_size("conv2d_weight_grad")),
    "max_pool2d": Claim(inputs.pooled, why=EITHER_ZERO, zero_signs=False),
    "max_pool2d_gather": Claim(inputs.pooled_at),
    "max_pool2d_scatter": Claim(inputs.spread_at, 8, ORDER, by_magnitude("max_pool2d_scatter", 0)),
    "avg_pool2d": Claim(inputs.pooled, 8, ORDER, by_magnitude(
        "avg_pool2d", 0, partial=lambda x, size, stride, padding: size[0] * size[1])),
    "avg_pool2d_backward": Claim(inputs.spread_evenly, 8, ORDER, by_magnitude("avg_pool2d_backward", 0)),
    "softmax": Claim(inputs.logits, 16, ORDER, softmax_size, tiny=1),
    "softmax_backward": Claim(inputs.softmax_gradient, 16, ORDER, softmax_gradient_size),
    "log_softmax": Claim(inputs.logits, 16, ORDER, distribution_size),
    "log_softmax_backward": Claim(inputs.log_softmax_gradient, 16, ORDER, log_softmax_gradient_size),
    "cross_entropy": Claim(inputs.loss, 16, ORDER, loss_size, results=1),
    "cross_entropy_backward": Claim(
        inputs.loss_gradient, 32, ORDER, loss_gradient_size,
        forward=lambda table, g, z, target, aux, reduction: table.cross_entropy(z, target, reduction)[1]),
    "mse": Claim(inputs.distance, 16, ORDER, distance_size),
    "mse_backward": Claim(inputs.distance_gradient, 16, ORDER, distance_gradient_size),
    "count_correct": Claim(inputs.scored),
    "batch_norm": Claim(inputs.batch, 32, ORDER, batch_size, results=3),
    "batch_norm_backward": Claim(
        inputs.batch_gradient, 64, ORDER + "; an infinite gamma meets a difference of gradients that is 0, or almost",
        batch_gradient_size, nan_or_inf=True,
        forward=lambda table, g, x, gamma, aux, eps: table.batch_norm(x, gamma, gamma, eps)[3]),
    "batch_norm_inference": Claim(inputs.batch_at_rest, 16, ORDER, batch_at_rest_size),
    "dropout": Claim(inputs.dropped),
    "next_key": Claim(inputs.state, writes=(0,)),
    "sgd_step": Claim(inputs.sgd, 16, ORDER, sgd_size, writes=(0, 2), tiny=2),
    "adam_step": Claim(inputs.adam, 64, ORDER, adam_size, writes=(0, 2, 3, 4), tiny=2),
    "gather_batch": Claim(inputs.picked, 4, ORDER, lambda images, index, scale, shift: REFERENCE.gather_batch(
        images.astype(np.float64), index, finite(scale), finite(shift))),
}
