"""Higher orders of derivative: the walk records itself.

test_choice.py runs this file on the other graph (plain or compiled) too.
"""

import numpy as np
import pytest

import minigrad as mg

from .samples import FREED, leaf

ORDERS = {  # f on tensors, and its first three derivatives on arrays
    "cube": (lambda x: x**3, lambda x: 3 * x**2, lambda x: 6 * x, lambda x: 6 + 0 * x),
    "exp": (lambda x: mg.exp(2 * x), *((lambda x, n=n: 2**n * np.exp(2 * x)) for n in (1, 2, 3))),
    "log": (mg.log, lambda x: 1 / x, lambda x: -1 / x**2, lambda x: 2 / x**3),
    "x sin x": (lambda x: x * mg.sin(x), lambda x: np.sin(x) + x * np.cos(x), lambda x: 2 * np.cos(x) - x * np.sin(x),
                lambda x: -3 * np.sin(x) - x * np.cos(x)),
    "tanh": (mg.tanh, lambda x: 1 - np.tanh(x) ** 2, lambda x: -2 * np.tanh(x) * (1 - np.tanh(x) ** 2),
             lambda x: (1 - np.tanh(x) ** 2) * (6 * np.tanh(x) ** 2 - 2)),
    "1 / x": (lambda x: 1 / x, lambda x: -(x**-2.0), lambda x: 2 * x**-3.0, lambda x: -6 * x**-4.0),
    "x / (1 + x)": (lambda x: x / (1 + x),
                    *((lambda x, n=n, s=s: s * (1 + x) ** -n) for n, s in ((2., 1), (3., -2), (4., 6)))),
}


@pytest.mark.parametrize("name", ORDERS)
def test_third_order_against_closed_forms(name):
    f, *derivatives = ORDERS[name]
    x = leaf([0.3, 0.7, 1.9])
    y = f(x)
    for order, derivative in enumerate(derivatives, 1):
        x.grad = None
        y.sum().backward(create_graph=order < 3)
        np.testing.assert_allclose(x.grad.detach().numpy(), derivative(x.data), rtol=1e-12)
        assert x.grad.requires_grad == (order < 3 and not (name == "cube" and order > 2))
        y = x.grad


def test_third_order_of_value():
    x = mg.Value(0.7)
    y = x * x.sin()
    found = []
    for _ in range(3):
        x.grad = None
        y.backward(create_graph=True)
        y = x.grad
        found.append(y.data)
    s, c = np.sin(0.7), np.cos(0.7)
    np.testing.assert_allclose(found, [s + 0.7 * c, 2 * c - 0.7 * s, -3 * s - 0.7 * c], rtol=1e-14)


def test_mixed_second_derivative():
    x, w = leaf([1.0, 2.0]), leaf([3.0, 5.0])
    (x * x * w * w * w).sum().backward(create_graph=True)
    gx = x.grad
    x.grad = w.grad = None
    gx.sum().backward()
    assert x.grad.tolist() == [2 * 27.0, 2 * 125.0]                 # d2/dx2 = 2 w^3
    assert w.grad.tolist() == [6 * 9.0, 12 * 25.0]                  # d2/dx dw = 6 x w^2


def test_gradient_of_a_gradient_penalty():
    """loss = f + |df/dx|^2, as in training with a gradient penalty: both terms reach the weights."""
    x, w = leaf([1.0, -2.0]), leaf([0.5, 0.25])
    f = (w * x * x).sum()
    f.backward(create_graph=True)
    penalty = (x.grad**2).sum()                                     # 4 w^2 x^2
    x.grad = w.grad = None
    (f + penalty).backward()
    a, b = x.detach().numpy(), w.detach().numpy()
    np.testing.assert_allclose(w.grad.numpy(), a**2 + 8 * b * a**2)
    np.testing.assert_allclose(x.grad.numpy(), 2 * b * a + 8 * b**2 * a)


def test_create_graph_keeps_the_graph_unless_told():
    x = leaf(2.0)
    y = x**3
    y.backward(create_graph=True)
    y.backward()
    assert x.grad.item() == 24.0
    z = x**3
    z.backward(create_graph=True, retain_graph=False)
    with pytest.raises(RuntimeError, match=FREED):
        z.backward()
