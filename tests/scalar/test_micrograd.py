"""micrograd's README example, and exercise B1: the nine-weight network, exact and symbolic."""

from fractions import Fraction

import numpy as np
import pytest

import minigrad as mg

NUMBERS = {"value": mg.Value, "tensor": lambda x: mg.Tensor(np.array(x), requires_grad=True)}


def readme(a, b):
    """-> (f, g)"""
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2
    g += 10 / f
    return f, g


@pytest.mark.parametrize("kind", NUMBERS)
def test_the_readme_of_micrograd(kind):
    a, b = NUMBERS[kind](-4.0), NUMBERS[kind](2.0)
    _, g = readme(a, b)
    g.backward()
    assert [f"{float(x.data if x is g else x.grad):.4f}" for x in (g, a, b)] == ["24.7041", "138.8338", "645.5773"]


def test_the_readme_of_micrograd_exactly():
    """With integers in, the same numbers come out as fractions."""
    a, b = mg.Value(-4), mg.Value(2)
    f, g = readme(a, b)
    g.backward()
    assert isinstance(a.grad, Fraction) and isinstance(b.grad, Fraction)
    assert g.data == Fraction(2401, 98) + Fraction(10, 49) and f.data == 49
    assert [round(float(x), 4) for x in (g.data, a.grad, b.grad)] == [24.7041, 138.8338, 645.5773]


W = (1, -2, 0, 2, 1, 0, -1, 1, 1)


def nine_weights(w, x1, x2):
    """The 2-2-1 network with a ReLU at the output of each neuron."""
    z1 = w[0] * x1 + w[1] * x2 + w[2]
    z2 = w[3] * x1 + w[4] * x2 + w[5]
    z3 = w[6] * z1.relu() + w[7] * z2.relu() + w[8]
    return z3.relu()


@pytest.mark.parametrize("kind", [int, Fraction, float])
@pytest.mark.parametrize("x, y, gradient", [
    ((0, 3), 4, (0, 0, 0, 0, 3, 1, 0, 3, 1)),
    ((0, -3), 0, (0, 0, 0, 0, 0, 0, 0, 0, 0)),         # z3 = -5: the last ReLU is shut
])
def test_exercise_b1(kind, x, y, gradient):
    w = [mg.Value(kind(n)) for n in W]
    out = nine_weights(w, *map(kind, x))
    out.backward()
    assert out.data == y and tuple(v.grad for v in w) == gradient
    assert all(type(v.grad) is kind for v in w) and type(out.data) is kind


def test_exercise_b1_with_tensors():
    w = [mg.Tensor(float(n), requires_grad=True) for n in W]
    y = nine_weights(w, 0.0, 3.0)
    y.backward()
    assert y.item() == 4 and [v.grad.item() for v in w] == [0, 0, 0, 0, 3, 1, 0, 3, 1]


def test_exercise_b1_symbolically():
    """dy/dw = H(z3) (x1 w7 H(z1), x2 w7 H(z1), w7 H(z1), x1 w8 H(z2), x2 w8 H(z2), w8 H(z2), relu(z1), relu(z2), 1),
    with H(0) = 0."""
    sympy = pytest.importorskip("sympy", reason="SymPy is an extra: pip install minigrad-engine[symbolic]")
    names = sympy.symbols("w1:10", real=True)
    x1, x2 = sympy.symbols("x1 x2", real=True)
    w = [mg.Value(s) for s in names]
    nine_weights(w, x1, x2).backward()

    def step(z):
        return sympy.Piecewise((1, z > 0), (0, True))

    w1, w2, w3, w4, w5, w6, w7, w8, w9 = names
    z1, z2 = w1 * x1 + w2 * x2 + w3, w4 * x1 + w5 * x2 + w6
    z3 = w7 * sympy.Max(z1, 0) + w8 * sympy.Max(z2, 0) + w9
    hidden = [x1 * w7 * step(z1), x2 * w7 * step(z1), w7 * step(z1), x1 * w8 * step(z2), x2 * w8 * step(z2),
              w8 * step(z2)]
    expected = [step(z3) * e for e in (*hidden, sympy.Max(z1, 0), sympy.Max(z2, 0), 1)]
    generator = np.random.default_rng(0)
    points = [(*W, 0, 3), (*W, 0, -3), (0,) * 11, *generator.integers(-3, 4, (5, 11)).tolist()]
    shut = 0
    for point in points:
        at = dict(zip((*names, x1, x2), map(sympy.Integer, point)))
        found = [sympy.sympify(v.grad).subs(at).doit() for v in w]
        assert found == [sympy.sympify(e).subs(at).doit() for e in expected]
        shut += found[-1] == 0
    assert 0 < shut < len(points)
