"""Optimiser steps, on every table."""

import numpy as np
import pytest

R = np.random.default_rng(0)


@pytest.mark.parametrize("decay", [0, 0.1])
@pytest.mark.parametrize("keras", [False, True])
@pytest.mark.parametrize("momentum, nesterov", [(0, False), (0.9, False), (0.9, True)])
def test_sgd_step(momentum, nesterov, keras, decay, table):
    p, v = R.standard_normal((3, 2)).astype(np.float32), np.zeros((3, 2), np.float32)
    q, u = p.astype(float), v.astype(float)
    lr = np.array(0.1, np.float32)
    for _ in range(3):
        g = R.standard_normal((3, 2)).astype(np.float32)
        table.sgd_step([p], [g], [v] if momentum else None, lr, momentum, decay, nesterov, keras)
        h = g + decay * q
        if keras:
            u = momentum * u - 0.1 * h
            q = q + (momentum * u - 0.1 * h if nesterov else u)
        else:
            u = momentum * u + h
            q = q - 0.1 * (h + momentum * u if nesterov else u)
    np.testing.assert_allclose(p, q, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(v, u if momentum else 0, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("decay, decoupled", [(0, False), (0.1, False), (0.1, True)])
def test_adam_step(decay, decoupled, table):
    p = R.standard_normal((3, 2)).astype(np.float32)
    m, v, step, lr = np.zeros_like(p), np.zeros_like(p), np.array(0), np.array(0.01, np.float32)
    q, a, b = p.astype(float), 0, 0
    for t in range(1, 4):
        g = R.standard_normal((3, 2)).astype(np.float32)
        table.adam_step([p], [g], [m], [v], step, lr, 0.9, 0.99, 1e-8, decay, decoupled)
        h = g.astype(float) if decoupled else g + decay * q
        q = q * (1 - 0.01 * decay) if decoupled else q
        a, b = 0.9 * a + 0.1 * h, 0.99 * b + 0.01 * h * h
        q = q - 0.01 * (a / (1 - 0.9**t)) / (np.sqrt(b / (1 - 0.99**t)) + 1e-8)
    assert step == 3
    np.testing.assert_allclose(p, q, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_steps_write_zero_below_the_smallest_normal(dtype, table):
    tiny = np.finfo(dtype).tiny
    p, g, v = (np.array([x, 1], dtype) for x in (tiny / 2, 0, tiny))
    lr = np.array(0.5, dtype)
    table.sgd_step([p], [g], [v], lr, 0.5, 0, False, False)
    assert p[0] == 0 and v[0] == 0 and p[1] != 0 and v[1] != 0
    p, g, m, s = (np.array([x, 1], dtype) for x in (tiny / 2, 0, tiny, tiny))
    table.adam_step([p], [g], [m], [s], np.array(0), np.array(0, dtype), 0.5, 0.5, 1e-8, 0, False)
    assert p[0] == 0 and m[0] == 0 and s[0] == 0 and p[1] != 0 and m[1] != 0 and s[1] != 0
    big = np.array([tiny, -tiny], dtype)
    table.sgd_step([big], [np.zeros(2, dtype)], None, lr, 0, 0, False, False)
    assert big.tolist() == [tiny, -tiny]        # the smallest normal itself stays


STEPS = {   # name: (how many lists of state, what follows them)
    "adam_step": (2, (np.array(0), np.array(0.1), 0.9, 0.9, 1e-8, 0, False)),
    "nadam_step": (2, (np.array(0), np.array(1.0), np.array(0.1), 0.9, 0.9, 1e-8, 0, 0.004, False, False)),
    "radam_step": (2, (np.array(0), np.array(0.1), 0.9, 0.9, 1e-8, 0, False, False)),
    "adamax_step": (2, (np.array(0), np.array(0.1), 0.9, 0.9, 1e-8, 0, False)),
    "rmsprop_step": (3, (np.array(0.1), 0.9, 1e-8, 0, 0.9, False)),
    "adagrad_step": (1, (np.array(0), np.array(0.1), 0, 1e-8, 0, False)),
    "adadelta_step": (2, (np.array(0.1), 0.9, 1e-8, 0, False)), "lion_step": (1, (np.array(0.1), 0.9, 0.9, 0, False)),
    "rprop_step": (2, (np.array(5), np.array(0.1), 0.5, 1.2, 0.0, 50.0, False)),
    "asgd_step": (1, (np.array(5), np.array(0.1), np.array(0.1), 1e-4, 0.75, 0, 0, False)),
    "average_step": (0, (np.array(5), 0.9)),
}


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_step_writes_zero_below_the_smallest_normal(name, dtype, table):
    tiny = np.finfo(dtype).tiny
    states, rest = STEPS[name]
    p, g = [np.array([tiny / 2, 1], dtype)], [np.zeros(2, dtype)]
    lists = [[np.array([tiny / 4, 1], dtype)] for _ in range(states)]
    rest = [np.array(a) if isinstance(a, np.ndarray) else a for a in rest]
    getattr(table, name)(p, g, *lists, *rest)
    for (a,) in (p, *lists):
        assert (a[np.abs(a) < tiny] == 0).all()
    assert name == "lion_step" or p[0][0] == 0         # of a mean however small Lion takes the sign
