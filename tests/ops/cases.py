"""Sample inputs of every differentiable operation, by name: what the tests of all operations run on.

An operation that has no case here fails `test_every_operation.py` until it says what its inputs look like.
Inputs stand away from kinks and ties; those have tests of their own.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import minigrad as mg


class Case(NamedTuple):
    op: str
    f: Callable                     # tensors -> a tensor or several
    inputs: tuple[Any, ...]         # float64 arrays
    torch: Callable | None          # (torch, tensors) -> the same, by PyTorch; None where it has no such thing


CASES: list[Case] = []
_rng = np.random.default_rng(20)


def case(op, f, *inputs, torch=None):
    """Add a case; an input given as a shape becomes standard normal numbers."""
    CASES.append(Case(op, f, tuple(_rng.standard_normal(a) if isinstance(a, tuple) else a for a in inputs), torch))


def names():
    """A name for each case: the operation's, numbered if it has several."""
    ops = [c.op for c in CASES]
    return [op if ops.count(op) == 1 else f"{op}-{ops[:i].count(op)}" for i, op in enumerate(ops)]


def spread(*shape):
    """Distinct numbers in -2..2, none near another nor near 0, in random order."""
    n = int(np.prod(shape))
    return _rng.permutation(np.linspace(-2, 2, n + n % 2)[:n]).reshape(shape)


def positive(*shape):
    """Numbers in 0.5..2."""
    return _rng.uniform(0.5, 2, shape)


def probabilities(*shape):
    """Rows of positive numbers, axis 1 adding up to 1."""
    a = _rng.uniform(0.1, 1, shape)
    return a / a.sum(1, keepdims=True)


# ---- elementwise

PAIRS = [((3, 4), (3, 4)), ((3, 1), (2, 3, 4)), ((), (3,)), ((2, 1, 3), (4, 1))]
for s, t in PAIRS:
    case("add", mg.add, s, t, torch=lambda torch, a, b: a + b)
    case("sub", mg.sub, s, t, torch=lambda torch, a, b: a - b)
    case("mul", mg.mul, s, t, torch=lambda torch, a, b: a * b)
    case("div", mg.div, s, positive(*t), torch=lambda torch, a, b: a / b)
    case("power", mg.power, positive(*s), t, torch=lambda torch, a, b: a**b)
case("maximum", mg.maximum, spread(3, 4), (3, 4), torch=lambda torch, a, b: torch.maximum(a, b))
case("maximum", lambda a, b: mg.maximum(mg.maximum(a, b), 0.5), spread(4), 0.1 + spread(3, 1),
     torch=lambda torch, a, b: torch.maximum(torch.maximum(a, b), torch.tensor(0.5, dtype=a.dtype)))
case("minimum", mg.minimum, spread(3, 4), (3, 4), torch=lambda torch, a, b: torch.minimum(a, b))
case("minimum", lambda a, b: mg.minimum(-0.5, mg.minimum(a, b)), spread(4), 0.1 + spread(3, 1),
     torch=lambda torch, a, b: torch.minimum(torch.minimum(a, b), torch.tensor(-0.5, dtype=a.dtype)))
for number in (0, 1, 2, 3, -1, 0.5, -1.5):
    case("power", lambda a, n=number: mg.power(a, n), positive(5), torch=lambda torch, a, n=number: a**n)
case("power", lambda a: mg.power(2.5, a), (2, 3), torch=lambda torch, a: 2.5**a)
case("div", lambda a: 2 / a + a / 3, positive(4), torch=lambda torch, a: 2 / a + a / 3)
case("mul", lambda a: 2 * a * a * np.float64(0.5), (2, 3), torch=lambda torch, a: a * a)
case("sub", lambda a: (1 - a) * (a - 2), (2, 3), torch=lambda torch, a: (1 - a) * (a - 2))
case("add", lambda a: (a + a) * (1 + a), (3,), torch=lambda torch, a: (a + a) * (1 + a))
MASK = np.array([[True], [False], [True]])
case("where", lambda a, b: mg.where(MASK, a, b), (3, 4), (4,),
     torch=lambda torch, a, b: torch.where(torch.tensor(MASK), a, b))
case("where", lambda a, b: mg.where(a > b, a * b, 0) + mg.where(a > b, 1, a), (3, 4), (3, 4),
     torch=lambda torch, a, b: torch.where(a > b, a * b, 0) + torch.where(a > b, 1, a))
for name in ("exp", "tanh", "sigmoid", "sin", "cos", "neg"):
    case(name, getattr(mg, name), (2, 3), torch=lambda torch, a, name=name: getattr(torch, name)(a))
for name in ("log", "sqrt"):
    case(name, getattr(mg, name), positive(2, 3), torch=lambda torch, a, name=name: getattr(torch, name)(a))
for name in ("abs", "relu"):
    case(name, lambda a, name=name: getattr(mg, name)(a) * a, spread(3, 4),
         torch=lambda torch, a, name=name: getattr(torch, name)(a) * a)
case("relu", lambda a: mg.relu(a, at_zero=1) * a, spread(3, 4), torch=lambda torch, a: torch.relu(a) * a)
case("astype", lambda a: mg.astype(a, np.float64) ** 2, (3,), torch=lambda torch, a: a**2)

# ---- reductions

for name in ("sum", "mean"):
    for axis, keep in ((None, False), (1, True), ((0, -1), False)):
        case(name, lambda a, f=getattr(mg, name), axis=axis, keep=keep: f(a, axis, keep) ** 2, (2, 3, 4),
             torch=lambda torch, a, name=name, axis=axis, keep=keep:
             getattr(torch, name)(a, (0, 1, 2) if axis is None else axis, keep) ** 2)
for name in ("max", "min"):
    for axis, keep in ((None, False), (1, True), ((0, -1), False)):
        case(name, lambda a, f=getattr(mg, name), axis=axis, keep=keep: f(a, axis, keep) ** 2, spread(2, 3, 4),
             torch=lambda torch, a, name=name, axis=axis, keep=keep:
             getattr(torch, "a" + name)(a, (0, 1, 2) if axis is None else axis, keep) ** 2)

# ---- shape and index

case("reshape", lambda a: a.reshape(4, -1) ** 2, (2, 3, 2), torch=lambda torch, a: a.reshape(4, -1) ** 2)
case("transpose", lambda a: a.transpose(2, 0, 1) ** 2, (2, 3, 4), torch=lambda torch, a: a.permute(2, 0, 1) ** 2)
case("transpose", lambda a: a.T ** 2, (2, 3), torch=lambda torch, a: a.T ** 2)
case("flatten", lambda a: mg.flatten(a, 1) ** 2, (2, 3, 2), torch=lambda torch, a: a.flatten(1) ** 2)
case("broadcast_to", lambda a: mg.broadcast_to(a, (2, 3, 4)) ** 2, (3, 1),
     torch=lambda torch, a: a.broadcast_to(2, 3, 4) ** 2)
case("concatenate", lambda a, b: mg.concatenate([a, b, a], 1) ** 2, (2, 3), (2, 1),
     torch=lambda torch, a, b: torch.cat([a, b, a], 1) ** 2)
case("stack", lambda a, b: mg.stack([a, b], -1) ** 2, (2, 3), (2, 3),
     torch=lambda torch, a, b: torch.stack([a, b], -1) ** 2)
case("split", lambda a: [p**2 for p in mg.split(a, (1, 3), 1)], (2, 4),
     torch=lambda torch, a: [p**2 for p in a.split([1, 3], 1)])
case("split", lambda a: mg.split(a, 2)[1] ** 2, (4, 2), torch=lambda torch, a: a.chunk(2)[1] ** 2)
case("pad", lambda a: mg.pad(a, ((1, 0), (0, 2)), value=3) ** 2, (2, 3),
     torch=lambda torch, a: torch.nn.functional.pad(a, (0, 2, 1, 0), value=3) ** 2)
for index in ((1,), ([0, 2, 0],), (slice(None), np.array([[1, 1], [0, 3]])), (np.array([True, False, True]), 1),
              (..., None, 2)):
    case("getitem", lambda a, index=index: mg.getitem(a, index) ** 2, (3, 4),
         torch=lambda torch, a, index=index: a[index] ** 2)
case("getitem", lambda a: a[::-2, 1:] ** 2, (3, 4), torch=lambda torch, a: a.flip(0)[::2, 1:] ** 2)
PLACES = np.array([[0, 2, 2], [1, 1, 1]])
case("take_along", lambda a: mg.take_along(a, PLACES, 1) ** 2, (2, 3),
     torch=lambda torch, a: torch.take_along_dim(a, torch.tensor(PLACES), 1) ** 2)

# ---- products

for s, t in (((3, 4), (4, 2)), ((4,), (4,)), ((3, 4), (4,)), ((4,), (4, 2)), ((2, 1, 3, 4), (5, 4, 2)),
             ((2, 3, 4), (2, 4, 2))):
    case("matmul", mg.matmul, s, t, torch=lambda torch, a, b: a @ b)
case("linear", mg.linear, (3, 4), (2, 4), (2,), torch=lambda torch, x, w, b: torch.nn.functional.linear(x, w, b))
case("linear", mg.linear, (2, 2, 4), (3, 4), torch=lambda torch, x, w: torch.nn.functional.linear(x, w))

# ---- images

CONVOLUTIONS = [                                # x, w, options: every one alone, then together
    ((2, 2, 4, 4), (3, 2, 3, 3), {}),
    ((1, 3, 3, 4), (2, 3, 1, 1), {}),
    ((1, 2, 5, 5), (2, 2, 3, 2), {"stride": (2, 1), "padding": (1, 2)}),
    ((1, 1, 6, 5), (2, 1, 2, 2), {"dilation": (2, 3)}),
    ((1, 4, 4, 4), (6, 2, 2, 3), {"groups": 2, "padding": 1}),
    ((1, 3, 4, 4), (3, 1, 3, 3), {"groups": 3, "padding": "same"}),
    ((2, 1, 3, 4), (1, 1, 2, 4), {"padding": "same"}),
    ((1, 2, 7, 6), (2, 1, 2, 3), {"stride": 2, "padding": (1, 2), "dilation": (3, 2), "groups": 2}),
]
for s, t, options in CONVOLUTIONS:
    case("conv2d", lambda x, w, b, options=options: mg.conv2d(x, w, b, **options), s, t, t[:1],
         torch=lambda torch, x, w, b, options=options: torch.nn.functional.conv2d(x, w, b, **options))
POOLS = [((2, 2, 4, 4), {"kernel_size": 2}), ((1, 2, 5, 5), {"kernel_size": 3, "stride": 2, "padding": 1}),
         ((1, 1, 4, 5), {"kernel_size": (1, 3), "stride": 1, "padding": (0, 1)}),
         ((1, 1, 7, 6), {"kernel_size": 2, "stride": 3})]
for s, options in POOLS:
    for name in ("max_pool2d", "avg_pool2d"):
        case(name, lambda x, f=getattr(mg, name), options=options: f(x, **options) ** 2, spread(*s),
             torch=lambda torch, x, name=name, options=options: getattr(torch.nn.functional, name)(x, **options) ** 2)
for s in ((4, 3), (2, 2, 2, 3)):
    case("batch_norm", lambda x, gamma, beta: mg.batch_norm(x, gamma, beta), s, positive(s[1]), s[1:2],
         torch=lambda torch, x, gamma, beta: torch.nn.functional.batch_norm(x, None, None, gamma, beta, training=True))
    MEAN, VAR = _rng.standard_normal(s[1]), positive(s[1])
    case("batch_norm", lambda x, gamma, beta, m=MEAN, v=VAR: mg.batch_norm(
             x, gamma, beta, m.astype(x.dtype), v.astype(x.dtype), training=False), s, positive(s[1]), s[1:2],
         torch=lambda torch, x, gamma, beta, m=MEAN, v=VAR: torch.nn.functional.batch_norm(
             x, torch.tensor(m, dtype=x.dtype), torch.tensor(v, dtype=x.dtype), gamma, beta))


def _dropout(x):
    mg.manual_seed(7)
    return mg.dropout(x, 0.4) ** 2


case("dropout", _dropout, (3, 4))
case("dropout", _dropout, (2, 3, 2, 2))

# ---- softmax and the losses

for axis in (1, 0):
    for name in ("softmax", "log_softmax", "logsumexp"):
        case(name, lambda z, f=getattr(mg, name), axis=axis: f(z, axis), (3, 4),
             torch=lambda torch, z, name=name, axis=axis: getattr(torch, name)(z, axis))
case("logsumexp", lambda z: mg.logsumexp(z, 1, True), (2, 3, 2), torch=lambda torch, z: torch.logsumexp(z, 1, True))
for reduction in ("mean", "sum", "none"):
    case("cross_entropy", lambda z, r=reduction: mg.cross_entropy(z, [2, 0, 3], r), (3, 4),
         torch=lambda torch, z, r=reduction: torch.nn.functional.cross_entropy(z, torch.tensor([2, 0, 3]), reduction=r))
    case("cross_entropy", lambda z, t, r=reduction: mg.cross_entropy(z, t, r), (3, 4), probabilities(3, 4),
         torch=lambda torch, z, t, r=reduction: torch.nn.functional.cross_entropy(z, t, reduction=r))
    case("mse", lambda a, b, r=reduction: mg.mse(a, b, r), (2, 3), (2, 3),
         torch=lambda torch, a, b, r=reduction: torch.nn.functional.mse_loss(a, b, reduction=r))
GRID = np.array([[[0, 1], [2, 1], [0, 0]], [[2, 2], [1, 0], [0, 1]]])
CONSTANT = probabilities(3, 4)
case("cross_entropy", lambda z: mg.cross_entropy(z, GRID, "none"), (2, 3, 3, 2),
     torch=lambda torch, z: torch.nn.functional.cross_entropy(z, torch.tensor(GRID), reduction="none"))
case("cross_entropy", mg.cross_entropy, (2, 3, 2), probabilities(2, 3, 2),
     torch=lambda torch, z, t: torch.nn.functional.cross_entropy(z, t))
case("cross_entropy", lambda z: mg.cross_entropy(z, CONSTANT), (3, 4),
     torch=lambda torch, z: torch.nn.functional.cross_entropy(z, torch.tensor(CONSTANT, dtype=z.dtype)))
case("cross_entropy", lambda z: mg.cross_entropy(z, 2), (4,),
     torch=lambda torch, z: torch.nn.functional.cross_entropy(z, torch.tensor(2)))
