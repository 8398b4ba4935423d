"""The losses: what C++ serves; classes that are none, before and after the forward."""

import numpy as np
import pytest

from minigrad.testing.memory import arrange

from .support import NATIVE, REFERENCE, falls_back, normal, served


@pytest.mark.parametrize("n, c", [(10, 10), (1, 1), (5, 17), (128, 1000)])
@pytest.mark.parametrize("dense", [False, True])
def test_cross_entropy(n, c, dense):
    z, target = normal(n, c), np.random.default_rng(0).integers(0, c, n)
    if dense:
        target = REFERENCE.softmax(normal(n, c, seed=9), 1)
    for reduction in ("mean", "sum", "none"):
        g = normal(n) if reduction == "none" else np.array(1.7, np.float32)
        _, aux = served("cross_entropy", z, target, reduction)
        served("cross_entropy_backward", g, z, target, aux, reduction)
    served("count_correct", z, target)


def test_a_class_that_is_none():
    for wrong in (-1, 10):
        with pytest.raises(ValueError, match=rf"\[cross_entropy\] target {wrong} at row 2 is not a class: expected 0\.\.9"):
            NATIVE.cross_entropy(normal(4, 10), np.array([0, 9, wrong, 3]), "mean")


def test_a_target_written_over_after_the_forward_is_read_safely():
    z, target = np.zeros((4, 10), np.float32), np.zeros(4, np.int64)
    _, aux = NATIVE.cross_entropy(z, target, "mean")
    target[:] = -2**40
    assert not NATIVE.cross_entropy_backward(np.ones((), np.float32), z, target, aux, "mean").any()


def test_mse():
    for shape in ((1,), (7, 33), (3, 4, 5, 6)):
        for layout in ("C", "F"):
            a, b = arrange(normal(*shape), layout), arrange(normal(*shape, seed=1), layout)
            for reduction in ("mean", "sum"):
                served("mse", a, b, reduction)
                served("mse_backward", np.array(0.3, np.float32), a, b, reduction)
    falls_back("mse", a, b, "none")
