"""B1. A fully connected 2-2-1 network with nine weights and a ReLU behind each neuron:

    z1 = w1 x1 + w2 x2 + w3,   z2 = w4 x1 + w5 x2 + w6,   z3 = w7 relu(z1) + w8 relu(z2) + w9,   y = relu(z3)

With w = (1, -2, 0, 2, 1, 0, -1, 1, 1): y and its gradient in all nine weights, at x = (0, 3) and at x = (0, -3), by hand.

    python examples/computational_vision/b1.py                      the answers, and every step of the first
    python examples/computational_vision/b1.py --out figures        with the graph: b1.svg, b1.html
"""

from fractions import Fraction

import minigrad as mg
from minigrad.worksheet import worksheet

W = (1, -2, 0, 2, 1, 0, -1, 1, 1)
PUBLISHED = "the last ReLU is left out: y = -5, and its gradient is that of z3"


def network(w, x1, x2):
    """(z1, z2, z3, y) of numbers of any kind."""
    w1, w2, w3, w4, w5, w6, w7, w8, w9 = w
    z1 = w1 * x1 + w2 * x2 + w3
    z2 = w4 * x1 + w5 * x2 + w6
    z3 = w7 * z1.relu() + w8 * z2.relu() + w9
    y = z3.relu()
    for v, label in ((z1, "z1"), (z2, "z2"), (z3, "z3"), (y, "y")):
        v.label = label
    return z1, z2, z3, y


def weights(numbers):
    return [mg.Value(n, f"w{i}") for i, n in enumerate(numbers, 1)]


def work(sheet):
    w = weights(W)
    y = network(w, mg.Value(0, "x1"), mg.Value(3, "x2"))[-1]
    explanation = mg.explain(y)
    sheet.say("Integers in, integers out: each step at x = (0, 3).", "", str(explanation), "")
    sheet.save(explanation, "b1.html")
    sheet.save(mg.draw(y), "b1.svg")
    y.backward()
    sheet.answer("y at x = (0, 3)", y, 4)
    sheet.answer("its gradient in w1 ... w9", [v.grad for v in w], [0, 0, 0, 0, 3, 1, 0, 3, 1])
    sheet.say("w1, w2, w3 and w7 get nothing: z1 = -6 < 0, so the first neuron is off, and nothing passes it either way.",
              "w4 gets nothing because it is multiplied with x1 = 0. Where the neurons are on, a weight gets what it is",
              "multiplied with.", "")

    w = weights(map(Fraction, W))
    z1, z2, z3, y = network(w, 0, Fraction(-3))
    y.backward()
    sheet.answer("z3 at x = (0, -3)", z3, -5)
    sheet.answer("y there", y, 0, published=-5)
    sheet.answer("its gradient", [v.grad for v in w], [0] * 9, published=PUBLISHED)
    sheet.say("z3 = -5 < 0: the last ReLU is off: y is 0 and stays 0 when a weight changes a little. Without that ReLU",
              "the answers at x = (0, 3) would be the same, as z3 = 4 > 0 there: only the second input tells them apart.", "")

    try:
        import sympy
    except ImportError:
        sheet.say("The symbolic form needs SymPy: pip install sympy")
        return
    symbols = sympy.symbols("w1:10 x1 x2", real=True)
    w = weights(symbols[:9])
    z1, z2, z3, y = network(w, *symbols[9:])
    y.backward()
    on = sympy.Symbol("z1"), sympy.Symbol("z2"), sympy.Symbol("z3")
    short = {sympy.Heaviside(z.data, 0): sympy.Function("H")(s) for z, s in zip((z1, z2, z3), on)}
    short |= {sympy.Max(0, z.data): sympy.Function("relu")(s) for z, s in zip((z1, z2), on)}
    found = [v.grad.subs(short) for v in w]
    (x1, x2), (w7, w8) = symbols[9:], symbols[6:8]
    h, relu = sympy.Function("H"), sympy.Function("relu")
    first, second, third = map(h, on)
    expected = [third * term for term in (x1 * w7 * first, x2 * w7 * first, w7 * first, x1 * w8 * second, x2 * w8 * second,
                                          w8 * second, relu(on[0]), relu(on[1]), 1)]
    for i, (g, right) in enumerate(zip(found, expected), 1):
        sheet.answer(f"dy/dw{i}", sympy.expand(g), sympy.expand(right))
    sheet.say("H(z) is 1 for z > 0 and 0 else: each ReLU on the way is a switch, and the gradient is a product along the way.",
              f"In LaTeX: dy/dw1 = {sympy.latex(found[0])}")


if __name__ == "__main__":
    worksheet(work)
