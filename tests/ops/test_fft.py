"""mg.fft: what the descriptions do not show: errors, dtypes, numpy's functions, and a model that learns through it."""

import re

import numpy as np
import pytest

import minigrad as mg

X = np.random.default_rng(0).normal(size=(2, 5))


def test_dtypes():
    assert mg.fft.rfft(mg.tensor(X, dtype="float32")).dtype == np.complex64
    assert mg.fft.rfft(mg.tensor(X)).dtype == mg.fft.fft(X).dtype == np.complex128
    assert mg.fft.irfft(mg.fft.rfft(mg.tensor(X, dtype="float32")), 5).dtype == np.float32
    assert mg.fft.fft(mg.arange(4)).dtype == np.complex64 and mg.fft.irfft(mg.arange(4)).dtype == np.float32


def test_half_a_spectrum_of_real_numbers_counts_each_frequency_right():
    """Parseval: the energy of a signal is that of its spectrum, so both have the gradient 2 x; odd and even sizes."""
    for n in (4, 5):
        x = mg.tensor(X[0, :n], requires_grad=True)
        energy = mg.abs(mg.fft.fft(x, norm="ortho")) ** 2
        half = mg.abs(mg.fft.rfft(x, norm="ortho")) ** 2
        twice = half.sum() * 2 - half[0] - (half[-1] if n % 2 == 0 else 0)
        for y in (energy.sum(), twice):
            x.grad = None
            y.backward(retain_graph=True)
            np.testing.assert_allclose(x.grad.numpy(), 2 * X[0, :n], rtol=1e-12)


def test_numpys_functions_are_these():
    t = mg.tensor(X, requires_grad=True)
    for name in ("fft", "ifft", "rfft", "fft2", "rfftn", "fftshift", "ihfft"):
        found = getattr(np.fft, name)(t)
        assert isinstance(found, mg.Tensor) and found.requires_grad
        np.testing.assert_allclose(found.detach().numpy(), getattr(np.fft, name)(X), atol=1e-12)


def test_a_filter_is_learned_in_the_frequency_domain():
    wanted = np.array([1, 0.5, 0, 0, 0], np.float64)
    signal = np.random.default_rng(1).normal(size=(32, 8))
    target = np.fft.irfft(np.fft.rfft(signal) * wanted, 8)
    w = mg.zeros(5, dtype="complex128", requires_grad=True)
    for _ in range(200):
        w.grad = None
        loss = ((mg.fft.irfft(mg.fft.rfft(mg.tensor(signal)) * w, 8) - target) ** 2).mean()
        loss.backward()
        with mg.no_grad():
            w -= 2 * w.grad
    np.testing.assert_allclose(w.detach().numpy(), wanted, atol=1e-4)


@pytest.mark.parametrize("call, kind, message", [
    (lambda: mg.fft.rfft(mg.tensor([1j])), TypeError, "[rfft] expected real numbers, found complex64"),
    (lambda: mg.fft.fft(mg.ones(3), norm="half"), ValueError, "[fft] norm must be 'backward', 'ortho' or 'forward', found"),
    (lambda: mg.fft.fft(mg.ones(3), n=0), ValueError, "[fft] sizes must be >= 1, found (0,) for axes (0,) of shape (3,)"),
    (lambda: mg.fft.fft(mg.ones(2, 0)), ValueError, "[fft] sizes must be >= 1, found (0,) for axes (1,) of shape (2, 0)"),
    (lambda: mg.fft.fft(mg.ones(3), axis=1), ValueError, "[fft] axis 1 does not exist"),
    (lambda: mg.fft.irfft(mg.ones(1)), ValueError, "[irfft] a result of 0 numbers is none: shape (1,), axis 0"),
    (lambda: mg.fft.fftn(mg.ones(3, 3), axes=(0, 0)), ValueError, "[fftn] an axis is named twice in (0, 0)"),
    (lambda: mg.fft.fftn(mg.ones(3, 3), s=(3,), axes=(0, 1)), ValueError, "[fftn] expected one size for each axis"),
    (lambda: mg.fft.fftn(mg.ones(3), s=(3, 3)), ValueError, "[fftn] expected at most 1 sizes for shape (3,), found s=(3, 3)"),
    (lambda: mg.fft.rfftn(mg.ones(()), axes=()), ValueError, "[rfftn] expected at least one axis, found none")])
def test_errors(call, kind, message):
    with pytest.raises(kind, match=re.escape(message)):
        call()
