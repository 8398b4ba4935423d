"""A few drawn inputs of every operation, for tests that want cases to look at rather than a check to run."""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import hypothesis
import numpy as np

from minigrad.testing.operations import descriptions
from minigrad.testing.running import is_float


class Sample(NamedTuple):
    """f: the operation as a function of its float inputs alone; inputs: those, float64 or complex128 arrays in C order."""

    op: str
    f: Callable
    inputs: tuple[Any, ...]


def of_floats(call, args, options):
    """The operation as a function of the float arrays among its arguments."""
    def f(*tensors):
        given = iter(tensors)
        return call(*[next(given) if is_float(a) else a for a in args], **options)

    return f


def drawn(description, count):
    """`count` pairs (args, options), the last of what hypothesis draws: it starts with the simplest."""
    return _drawn(description.operation, description.about, max(count, 2))[-count:]


@cache
def _drawn(operation, about, count):
    (description,) = (d for d in descriptions(operation)[operation] if d.about == about)
    found = []

    @hypothesis.seed(0)
    @hypothesis.settings(max_examples=6 + count, database=None, deadline=None, derandomize=False,
                         suppress_health_check=list(hypothesis.HealthCheck), phases=[hypothesis.Phase.generate])
    @hypothesis.given(description.inputs)
    def draw(case):
        if all(a.size for a in case[0] if is_float(a)):
            found.append(case)

    draw()
    return found[-count:]


@cache
def samples(count=2):
    """`count` samples, none of them empty, of every description that has first and second derivatives."""
    found = []
    for name, several in descriptions().items():
        for description in several:
            if not {"first", "second"} & description.without.keys():
                for args, options in drawn(description, count):
                    floats = tuple(np.array(a, order="C") for a in args if is_float(a))
                    found.append(Sample(name, of_floats(description.call, args, options), floats))
    return tuple(found)


def names(found):
    """A name for each sample: the operation's and a number."""
    ops = [s.op for s in found]
    return [f"{op}-{ops[:i].count(op)}" for i, op in enumerate(ops)]
