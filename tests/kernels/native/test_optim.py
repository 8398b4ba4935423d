"""The optimisers' steps: one call for parameters of every shape; all or nothing; no denormal is left."""

import numpy as np
import pytest

from .support import NATIVE, _native, normal, orders

SHAPES = (40, 784), (40,), (1,), (3, 2, 3, 3), (0,), (200, 1000)


def parameters(seed=0):
    """One for each of SHAPES, with images in either memory order."""
    return [orders(normal(*shape, seed=seed + i))[i == 3] for i, shape in enumerate(SHAPES)]


@pytest.mark.parametrize("momentum, nesterov, keras", [(None, False, False), (0.9, False, False), (0.9, True, False),
                                                       (0.9, False, True), (0.9, True, True)])
def test_sgd_is_served(momentum, nesterov, keras):
    for decay in (0, 1e-2):
        v = parameters() if momentum else None
        assert _native.sgd_step(parameters(), parameters(9), v, np.array(0.1), momentum or 0, decay, nesterov, keras) is True


@pytest.mark.parametrize("decay, decoupled", [(0, False), (1e-2, False), (1e-2, True)])
def test_adam_is_served(decay, decoupled):
    state = parameters(), [np.abs(a) for a in parameters()], (step := np.array(0, np.int64))
    rest = np.array(0.01), 0.9, 0.999, 1e-8, decay, decoupled
    assert _native.adam_step(parameters(), parameters(9), *state, *rest) is True
    assert int(step) == 1


def test_steps_write_zero_below_the_smallest_normal():
    p, v = [np.full(20, 2e-38, np.float32)], [np.full(20, 2e-38, np.float32)]
    NATIVE.sgd_step(p, [np.full(20, 1e-38, np.float32)], v, np.array(0.5), 0.5, 0, False, False)
    assert not p[0].any()
    np.testing.assert_allclose(v[0], 2e-38, rtol=1e-6)
    m, v, p = [np.full(20, 1e-38, np.float32)], [np.full(20, 1e-38, np.float32)], [np.ones(20, np.float32)]
    NATIVE.adam_step(p, [np.zeros(20, np.float32)], m, v, np.array(3), np.array(0.1), 0.9, 0.999, 1e-8, 0, False)
    assert not m[0].any() and not v[0].any() and (p[0] == 1).all()


def test_a_step_that_cannot_be_served_writes_nothing():
    p, g = [normal(4), np.ones(4)], [normal(4, seed=1), np.ones(4)]      # the second is float64
    before = [a.copy() for a in p]
    assert _native.sgd_step(p, g, None, np.array(0.1), 0, 0, False, False) is None
    step = np.array(0)
    assert _native.adam_step(p, g, before, before, step, np.array(0.1), 0.9, 0.99, 1e-8, 0, False) is None
    assert step == 0 and all((a == b).all() for a, b in zip(p, before, strict=True))
    NATIVE.sgd_step(p, g, None, np.array(0.1), 0, 0, False, False)
    np.testing.assert_allclose(p[1], 0.9)
    np.testing.assert_allclose(p[0], before[0] - np.float32(0.1) * g[0], rtol=1e-6)


def test_weight_decay_zero_adds_nothing_of_an_infinite_parameter():
    p = [np.array([np.inf, 1], np.float32)]
    NATIVE.sgd_step(p, [np.ones(2, np.float32)], None, np.array(0.5), 0, 0, False, False)
    assert p[0].tolist() == [np.inf, 0.5]
