"""HIPS autograd's tests, adapted: hips.txt says which of numpy's functions is called on which shapes, here on tensors.

The values are numpy's own; the gradient of all outputs, each times fixed weights, and the gradient of that gradient are
compared with central differences along one direction, in float64.
"""

import operator
import re
from pathlib import Path

import numpy as np

import minigrad as mg

from .comparing import Outcome, arrays, close, reason, tensors, weighed, weights
from .tinygrad_ops import expanded

TABLE = Path(__file__).with_suffix(".txt")
STEP = 1e-6
RNG = np.random.RandomState(7)
SHARED = {"np": np, "mg": mg, "op": operator, "grad": mg.grad, "jacobian": mg.jacobian, "hessian": mg.hessian, "vjp": mg.vjp,
          "hvp": mg.hvp, "value_and_grad": mg.value_and_grad, "C": RNG.randn(4, 5) > 0, "W10": RNG.randn(10),
          "W55": RNG.randn(5, 5)}


def lines():
    """-> (file and test, shapes, the expression, numpy's where it differs, options)"""
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        for one in expanded(line, "paired" in line):
            name, shapes, calls, *options = re.split(r"(?<= )\|(?= |$)", one)
            ours, _, theirs = calls.partition(" || ")
            yield name.strip(), shapes.split(), ours.strip(), (theirs or ours).strip(), " ".join(options).split()


def drawn(shapes, options):
    """The arrays of a line."""
    low, high = (0.3, 2) if "pos" in options else next(
        (tuple(map(float, word.split(":"))) for word in options if re.fullmatch(r"[-\d.]+:[-\d.]+", word)), (-2, 2))
    rng = np.random.RandomState(3)
    return [rng.uniform(low, high, () if shape == "-" else tuple(map(int, shape.split("x")))) for shape in shapes]


def check(shapes, ours, theirs, options):
    """One line; AssertionError, or minigrad's own error, where it fails."""
    data = drawn(shapes, options)

    def outputs(*given):
        return tensors(eval(ours, {**SHARED, **dict(zip("xyz", given))}))

    def scalar(*given):
        return weighed(outputs(*given))

    given = [mg.tensor(x, "float64") for x in data]
    if "tensors" not in options:        # numpy gives the same numbers
        wanted = tensors(eval(theirs, {**SHARED, **dict(zip("xyz", data))}))
        found = outputs(*given)
        assert len(found) == len(wanted), f"{len(found)} results, expected {len(wanted)}"
        for got, want in zip(found, wanted):
            close("values", arrays(got)[0], np.asarray(want), 1e-8, 1e-9)
    if not any(y.size for y in outputs(*given)):
        return
    along = [weights(np.shape(x)) + 0.1 for x in data]
    every = tuple(range(len(data)))

    def slope(*given):
        """The derivative along the direction: a scalar that may be differentiated once more."""
        return sum((g * d).sum() for g, d in zip(mg.grad(scalar, every)(*given), along))

    for order, (f, df) in enumerate(((scalar, slope), (slope, None))[:1 if "first" in options else 2], 1):
        steps = [f(*(mg.tensor(x + sign * STEP * d, "float64") for x, d in zip(data, along))).item() for sign in (1, -1)]
        numeric = (steps[0] - steps[1]) / (2 * STEP)
        exact = df(*given) if df else sum((g * d).sum() for g, d in zip(mg.grad(f, every)(*given), along))
        close(f"order {order}", exact.numpy(), np.asarray(numeric), 1e-4, 1e-5)


def run(only=None):
    """-> one outcome for each test; its kind is `complex` for those about complex internals."""
    whys, kinds = {}, {}
    for name, *line in lines():
        if only is not None and name not in only:
            continue
        kinds[name] = "complex" if "complex" in line[3] else "tried"
        if name in whys:
            continue
        try:
            with np.errstate(all="ignore"):
                check(*line)
        except Exception as e:
            whys[name] = f"`{line[1]}`: {reason(e)}"
    return [Outcome(name, whys.get(name, ""), kind) for name, kind in kinds.items()]
