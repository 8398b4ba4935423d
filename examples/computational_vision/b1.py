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
POINTS = {(0, 3): (4, [0, 0, 0, 0, 3, 1, 0, 3, 1]), (0, -3): (0, [0] * 9)}      # x -> y and its gradient in w1 ... w9


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


def gradient(which, numbers, x):
    """(z1, z2, z3 or y, its gradient in the weights); which: 0 to 3."""
    w = weights(numbers)
    result = network(w, *x)[which]
    result.backward()
    return result.data, [v.grad for v in w]


def work(sheet):
    y = network(weights(W), mg.Value(0, "x1"), mg.Value(3, "x2"))[-1]
    explanation = mg.explain(y)
    sheet.say("Each step at x = (0, 3), in integers:", "", str(explanation), "")
    sheet.save(explanation, "b1.html")
    sheet.save(mg.draw(y), "b1.svg", "B1: the graph of y at x = (0, 3), with every value and gradient")
    wrong = gradient(2, W, (0, -3))         # as published: z3 for y
    off = "the last ReLU is left out. At x = (0, -3), z3 = -5, so y = relu(-5) = 0; at (0, 3), z3 = 4 > 0, and both agree."
    flat = "it is the gradient of z3. y = relu(z3) is 0 all around z3 = -5, so no weight changes it."
    for kind, name in ((int, "integers"), (Fraction, "fractions")):
        for x, (value, slopes) in POINTS.items():
            at = [kind(number) for number in x]
            found, grads = gradient(3, map(kind, W), at)
            here = kind is int and x == (0, -3)
            z1, z2, z3 = (gradient(i, map(kind, W), at)[0] for i in range(3))
            sheet.say(f"In {name}, x = {x}: z1 = {z1}, z2 = {z2}, z3 = {z3}")
            first, second = ((wrong[0], off), (wrong[1], flat)) if here else ((None, ""), (None, ""))
            sheet.answer(f"y at x = {x}, in {name}", found, value, published=first[0], because=first[1])
            sheet.answer(f"its gradient at x = {x}", grads, slopes, published=second[0], because=second[1])
            sheet.answer("types of these numbers", sorted({type(n).__name__ for n in (found, *grads)}), [kind.__name__])
    sheet.say("At (0, 3) w1, w2, w3 and w7 get 0: z1 = -6 < 0, so the first neuron is off, and nothing passes it either way.",
              "w4 gets 0 as it is multiplied with x1 = 0. Where neurons are on, a weight gets what it is multiplied with.",
              "At (0, -3) the last neuron is off, so y is 0 and stays 0 when a weight changes a little.", "")
    sheet.answer("with w9 = -3, z3 = 0 at (0, 3): the gradient, as relu'(0) = 0", gradient(3, (*W[:8], -3), (0, 3))[1], [0] * 9)
    symbols(sheet)


def symbols(sheet):
    try:
        import sympy
    except ImportError:
        sheet.say("The symbolic form needs SymPy: pip install sympy")
        return
    names = sympy.symbols("w1:10 x1 x2", real=True)
    w = weights(names[:9])
    z1, z2, z3, y = network(w, *names[9:])
    y.backward()
    on = sympy.symbols("z1:4")
    h, relu = sympy.Function("H"), sympy.Function("relu")
    short = {sympy.Heaviside(z.data, 0): h(s) for z, s in zip((z1, z2, z3), on)}
    short |= {sympy.Max(0, z.data): relu(s) for z, s in zip((z1, z2), on)}
    (x1, x2), (w7, w8), (first, second, third) = names[9:], names[6:8], map(h, on)
    expected = [third * term for term in (x1 * w7 * first, x2 * w7 * first, w7 * first, x1 * w8 * second, x2 * w8 * second,
                                          w8 * second, relu(on[0]), relu(on[1]), 1)]
    sheet.say("", "In symbols; H(z) is 1 for z > 0, else 0, so H(0) = 0. Each ReLU on the way is a switch.")
    for i, (v, right) in enumerate(zip(w, expected), 1):
        sheet.answer(f"dy/dw{i}", sympy.expand(v.grad.subs(short)), sympy.expand(right))
    sheet.say(f"In LaTeX: dy/dw1 = {sympy.latex(w[0].grad.subs(short))}", "The same expressions with the numbers put in:")
    for x, (value, slopes) in POINTS.items():
        numbers = dict(zip(names, (*W, *x)))
        sheet.answer(f"y at x = {x}", y.data.subs(numbers), value)
        sheet.answer(f"its gradient at x = {x}", [v.grad.subs(numbers) for v in w], slopes)


if __name__ == "__main__":
    worksheet(work)
