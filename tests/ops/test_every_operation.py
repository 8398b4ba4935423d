"""What holds of every operation, on drawn inputs: the suite, ci-sized, and what it does not cover."""

import contextlib
import re

import numpy as np
import pytest

import minigrad as mg
from minigrad.testing import suite
from minigrad.testing.operations import descriptions
from minigrad.testing.report import ASPECTS
from minigrad.testing.running import projected

from .samples import drawn, names, samples

SAMPLES = samples()
each = pytest.mark.parametrize("case", SAMPLES, ids=names(SAMPLES))
EXAMPLES = 12


@pytest.mark.parametrize("name", descriptions())
def test_values_gradients_and_their_gradients(name):
    """Against numpy, finite differences, the other kernels and PyTorch; where one is missing, report.table() says so."""
    suite.check_operation(name, EXAMPLES)


@pytest.mark.parametrize("name", descriptions())
def test_every_aspect_is_run_or_has_a_reason(name):
    """... and what has gradients has some description that is put through them."""
    for description in descriptions(name)[name]:
        for aspect in ASPECTS:
            reason = suite.reason_against(description, aspect)
            assert reason is None or len(reason.split()) > 3
    report = suite.run([name], examples=1)
    assert report and "| |" not in report.table()
    gradients = any("first" not in d.without for d in descriptions(name)[name])
    for y in [y for s in samples() if s.op == name for y in several(s.f(*leaves(s.inputs)))]:
        assert not y.requires_grad or gradients


def several(ys):
    return list(ys) if isinstance(ys, (list, tuple)) else [ys]


def leaves(inputs, **options):
    return [mg.Tensor(a, requires_grad=True, **options) for a in inputs]


@each
def test_no_gradient_is_asked_of_constants(case):
    """Each input alone: the others are constants, and get none."""
    for i in range(len(case.inputs)):
        tensors = [mg.Tensor(a, requires_grad=i == j) for j, a in enumerate(case.inputs)]
        for y in several(case.f(*tensors)):
            with contextlib.suppress(RuntimeError):
                y.backward(np.ones(y.shape), retain_graph=True)
        assert [t.grad is not None for t in tensors] == [i == j for j in range(len(tensors))]


@each
def test_no_grad_records_nothing(case):
    tensors = leaves(case.inputs)
    with mg.no_grad():
        ys = several(case.f(*tensors))
    assert not any(y.requires_grad for y in ys if not any(y is t for t in tensors))


# ---- shared with test_table.py

def derivatives(f, tensors):
    """The values of f, its gradients (projected on cosines) and the gradients of those, as float arrays."""
    def project(ys):
        return sum(projected(y, 0) for y in ys if y.requires_grad)

    def walk(y, **options):
        for t in tensors:
            t.grad = None
        if isinstance(y, mg.Tensor):
            y.backward(**options)
        return [mg.zeros_like(t) if t.grad is None else t.grad for t in tensors]

    ys = several(f(*tensors))
    first = walk(project(ys), create_graph=True)
    second = walk(project(first))
    return [[t.detach().numpy() for t in ts] for ts in (ys, first, second)]


def exact(case):
    """In float64 on the reference table, which is not the default one where the native one is built."""
    return derivatives(case.f, leaves(case.inputs, device="numpy"))


WRONG = ("text", None, object(), 1j, [[1], [1, 2]], np.zeros((2, 3, 4)), np.zeros((0, 0)), np.zeros(5), 99, -99, (7, 7), [0.5])


@pytest.mark.parametrize("name", descriptions())
def test_errors_name_the_operation_that_was_called(name):
    """Whatever is given in place of an argument: an error that names an operation names this one, or the making of a tensor."""
    for description in descriptions(name)[name]:
        for args, options in drawn(description, 2)[-1:]:
            for place in (*range(len(args)), *options):
                for wrong in WRONG:
                    others = [wrong if i == place else a for i, a in enumerate(args)]
                    try:
                        description.call(*others, **options | ({place: wrong} if place in options else {}))
                    except Exception as error:      # whatever it is: numpy's own words are another test's affair
                        found = re.match(r"\[(\w+)\]", str(error))
                        known = found is None or found[1] in (name.split(".")[-1], "tensor", "manual_seed")
                        assert known, f"{name}, argument {place}: {error}"
