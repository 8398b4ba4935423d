"""The optimisers' steps: one call for parameters of every shape; all or nothing; no denormal is left."""

import numpy as np
import pytest

from .support import NATIVE, _native, normal, orders

SHAPES = (40, 784), (40,), (1,), (3, 2, 3, 3), (0,), (200, 1000)


def parameters(seed=0):
    """One for each of SHAPES, with images in either memory order."""
    return [orders(normal(*shape, seed=seed + i))[i == 3] for i, shape in enumerate(SHAPES)]


def served(name, states, *rest, absent=()):
    """Whether the extension steps the parameters by itself; rest: what follows the lists."""
    lists = [None if i in absent else [np.abs(a) for a in parameters(i)] for i in range(states)]
    return getattr(_native, name)(parameters(), parameters(9), *lists, *rest)


@pytest.mark.parametrize("decay", [0, 1e-2])
@pytest.mark.parametrize("maximize", [False, True])
def test_every_step_is_served(decay, maximize):
    lr, step, number = np.array(0.1), np.array(0), np.array(1.0)
    for momentum, nesterov, keras in ((0, False, False), (0.9, False, False), (0.9, True, False), (0.9, False, True)):
        assert served("sgd_step", 1, lr, momentum, decay, nesterov, keras, 0, 0, maximize, step,
                      absent=() if momentum else (0,)) is True
    assert int(step) == 4
    adam = step, lr, 0.9, 0.999, 1e-8, decay
    for decoupled in (False, True):
        assert served("adam_step", 2, *adam, decoupled, None, maximize) is True
        assert served("adam_step", 2, *adam, decoupled, parameters(), maximize) is True
        assert served("nadam_step", 2, step, number, *adam[1:], 0.004, decoupled, maximize) is True
        assert served("radam_step", 2, *adam, decoupled, maximize) is True
    assert served("adamax_step", 2, *adam, maximize) is True
    for absent in ((), (1,), (2,), (1, 2)):
        assert served("rmsprop_step", 3, lr, 0.9, 1e-8, decay, 0.9, maximize, absent=absent) is True
    assert served("adagrad_step", 1, step, lr, 0.1, 1e-10, decay, maximize) is True
    assert served("adadelta_step", 2, lr, 0.9, 1e-6, decay, maximize) is True
    assert served("lion_step", 1, lr, 0.9, 0.99, decay, maximize) is True
    assert served("rprop_step", 2, step, lr, 0.5, 1.2, 1e-6, 50.0, maximize) is True
    assert served("asgd_step", 1, step, number, lr, 1e-4, 0.75, 1e6, decay, maximize) is True
    assert int(step) == 4 + 6 + 2 + 5 - 1 and number < 1


def test_averages_and_norms_are_served():
    count, norm = np.array(0), np.array(3, np.float32)
    assert _native.average_step(parameters(), parameters(9), count, None) is True
    assert _native.average_step(parameters(), parameters(9), count, 0.9) is True and count == 2
    for order in (1, 2, np.inf):
        assert _native.norm_of_all(parameters(), order).shape == ()
    assert _native.norm_of_all(parameters(), 3) is None
    assert _native.scale_to_norm(parameters(), norm, 1.0) is True and _native.clip_all(parameters(), 0.1) is True


def test_the_norm_of_more_arrays_than_one_call_takes():
    arrays = [normal(1000, seed=i) for i in range(20)] + [normal(100_000), np.zeros(0, np.float32)]
    for order in (1, 2, np.inf):
        expected = np.linalg.norm(np.concatenate(arrays).astype(float), order)
        np.testing.assert_allclose(_native.norm_of_all(arrays, order), expected, rtol=1e-6)


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
    step = np.array(0)
    assert _native.sgd_step(p, g, None, np.array(0.1), 0, 0, False, False, 0, 0, False, step) is None
    assert _native.adam_step(p, g, before, before, step, np.array(0.1), 0.9, 0.99, 1e-8, 0, False, None, False) is None
    assert step == 0 and all((a == b).all() for a, b in zip(p, before, strict=True))
    NATIVE.sgd_step(p, g, None, np.array(0.1), 0, 0, False, False)
    np.testing.assert_allclose(p[1], 0.9)
    np.testing.assert_allclose(p[0], before[0] - np.float32(0.1) * g[0], rtol=1e-6)


def test_weight_decay_zero_adds_nothing_of_an_infinite_parameter():
    p = [np.array([np.inf, 1], np.float32)]
    NATIVE.sgd_step(p, [np.ones(2, np.float32)], None, np.array(0.5), 0, 0, False, False)
    assert p[0].tolist() == [np.inf, 0.5]
