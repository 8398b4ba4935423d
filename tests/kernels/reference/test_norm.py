"""Batch norm over the whole range of float32, on every table: wherever the numbers lie, and however far apart."""

import numpy as np
import pytest

EPS = 1e-5
HUGE = float(np.finfo(np.float32).max)


def exact(x, g=None, gamma=1.0):
    """y or (gx, ggamma) of rows (N, C) in extended precision."""
    x = np.asarray(x, np.longdouble)
    rstd = (x.var(0) + EPS) ** -0.5
    xhat = (x - x.mean(0)) * rstd
    if g is None:
        return xhat * gamma
    g = np.asarray(g, np.longdouble)
    return (g - g.mean(0) - xhat * (g * xhat).mean(0)) * rstd * gamma, (g * xhat).sum(0)


def ones(c):
    return np.ones(c, np.float32)


@pytest.mark.parametrize("value", [1e10, -1e10, HUGE, -1e30, 7.1, 1e-40, 0])
@pytest.mark.parametrize("rows", [2, 3, 17, 1000, 20_001])
def test_a_constant_channel_is_beta(table, value, rows):
    x, beta = np.full((rows, 5), value, np.float32), np.linspace(-1, 1, 5, dtype=np.float32)
    y, mean, var, aux = table.batch_norm(x, ones(5), beta, EPS)
    np.testing.assert_array_equal(y, np.broadcast_to(beta, y.shape))
    np.testing.assert_array_equal(mean, x[0])
    assert not var.any()
    gx, ggamma, _ = table.batch_norm_backward(x * 0 + 1, x, ones(5), aux, EPS)
    assert not gx.any() and not ggamma.any()
    np.testing.assert_array_equal(table.batch_norm_inference(x, mean, var, ones(5), beta, EPS), y)


def test_a_constant_channel_in_float64(table):
    x = np.full((3, 2), 1e20) * [1, -3.3]
    y, mean, *_ = table.batch_norm(x, np.ones(2), np.zeros(2), EPS)
    assert not y.any() and np.allclose(mean, x[0], rtol=1e-15)


@pytest.mark.parametrize("place", [0, 1e3, 1e10, -1e30, 2e38])
@pytest.mark.parametrize("spread", [1e-3, 1, 1e6, 1e19, 1e20, 1e37])
@pytest.mark.parametrize("rows", [3, 700])
def test_any_place_and_any_spread(table, place, spread, rows):
    rng = np.random.default_rng(0)
    x = (place + spread * rng.standard_normal((rows, 17))).astype(np.float32)
    g = rng.standard_normal(x.shape).astype(np.float32)
    y, mean, var, aux = table.batch_norm(x, ones(17), 0 * ones(17), EPS)
    np.testing.assert_allclose(y, exact(x).astype(np.float64), atol=1e-5)
    np.testing.assert_allclose(mean, x.astype(np.longdouble).mean(0).astype(np.float64), rtol=1e-5, atol=1e-6 * spread)
    with np.errstate(over="ignore"):        # a variance that float32 does not have is infinite
        np.testing.assert_allclose(var, x.astype(np.longdouble).var(0).astype(np.float32), rtol=1e-5)
    gx, ggamma, gbeta = table.batch_norm_backward(g, x, ones(17), aux, EPS)
    expected, slopes = exact(x, g)
    scale = float((np.asarray(x, np.longdouble).var(0).min() + EPS) ** -0.5)
    np.testing.assert_allclose(gx, expected.astype(np.float64), rtol=1e-4, atol=2e-5 * scale)
    np.testing.assert_allclose(ggamma, slopes.astype(np.float64), atol=1e-5 * rows)
    np.testing.assert_allclose(gbeta, g.sum(0), atol=1e-6 * rows)


def test_numbers_at_both_ends_of_the_range(table):
    x = np.array([[HUGE, HUGE], [-HUGE, -HUGE], [HUGE, -HUGE], [HUGE, -HUGE]], np.float32)
    y, *_ = table.batch_norm(x, ones(2), 0 * ones(2), EPS)
    np.testing.assert_allclose(y, exact(x).astype(np.float64), rtol=1e-5)
    mean, var = np.array([-HUGE, 1e10], np.float32), np.array([HUGE, 4], np.float32)
    x = np.array([[HUGE, 1e10], [0, 1e10 + 2048]], np.float32)
    found = table.batch_norm_inference(x, mean, var, ones(2), 0 * ones(2), EPS)
    np.testing.assert_allclose(found, [[2 * HUGE / HUGE**0.5, 0], [HUGE**0.5, 1024]], rtol=1e-5)


def test_a_large_gamma_times_a_large_slope_is_never_formed(table):
    """gamma / sd is beyond float32, but neither y nor any gradient is."""
    x, gamma = np.full((4, 1), 3, np.float32), np.full(1, 1e37, np.float32)
    g = np.array([[1], [-1], [1], [-1]], np.float32) * np.float32(1e-5)
    y, mean, var, aux = table.batch_norm(x, gamma, ones(1), EPS)
    assert (y == 1).all() and (table.batch_norm_inference(x, mean, var, gamma, ones(1), EPS) == 1).all()
    np.testing.assert_allclose(table.batch_norm_backward(g, x, gamma, aux, EPS)[0], g * 1e37 * EPS**-0.5, rtol=1e-5)
    gx, *_ = table.batch_norm_inference_backward(g, x, mean, var, gamma, EPS)
    np.testing.assert_allclose(gx, g * 1e37 * EPS**-0.5, rtol=1e-5)


def test_what_is_no_number_stays_in_its_channel(table):
    x = np.random.default_rng(0).standard_normal((300, 4)).astype(np.float32)
    clean = table.batch_norm(x, ones(4), 0 * ones(4), EPS)[0]
    x[7, 1], x[8, 2], x[200, 2], x[100, 3] = np.inf, np.inf, -np.inf, np.nan
    y, mean, var, _ = table.batch_norm(x, ones(4), 0 * ones(4), EPS)
    np.testing.assert_array_equal(y[:, 0], clean[:, 0])
    assert np.isnan(y[:, 1:]).all() and np.isnan(var[1:]).all()
    assert mean[1] == np.inf and np.isnan(mean[2:]).all()


def test_running_update_in_place(table):
    running = np.array([1.0, 2])
    assert table.running_update(running, np.array([3.0, 0]), 0.25, out=running) is running
    assert running.tolist() == [1.5, 1.5]
