"""Formulas: what is written beside the numbers, computed as it is written, gives these numbers."""

from fractions import Fraction

import numpy as np
import pytest

import minigrad as mg
from minigrad.ops import elementwise
from minigrad.rules import OPERATIONS
from minigrad.viz.graph.explaining import explain
from minigrad.viz.graph.formula import Formula, chain, formula, name, words
from minigrad.viz.graph.forward import forward_formula
from minigrad.viz.graph.numbers import latex, mathml, short
from minigrad.viz.graph.stale import notes
from minigrad.viz.graph.trace import boxes, steps
from minigrad.viz.graph.writing import backward_formulas

rng = np.random.default_rng(0)
RELATIONS = {"greater": np.greater, "greater_equal": np.greater_equal, "less": np.less, "less_equal": np.less_equal,
             "equal": np.equal, "not_equal": np.not_equal}
ARITHMETIC = {"add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide, "power": np.power, "neg": np.negative,
              "matmul": np.matmul, "exp": np.exp, "sqrt": np.sqrt, "log": np.log, "abs": np.abs,
              "transpose": lambda a: np.swapaxes(a, -1, -2), "sum": np.sum, "where": lambda c: np.asarray(c, float),
              "cases": np.where, "not": np.logical_not, **RELATIONS}
CONSTANTS = {"pi": np.pi, "sqrt pi": np.sqrt(np.pi), "sqrt 2": np.sqrt(2), "log 2": np.log(2), "log 10": np.log(10)}


def computed(f):
    """A formula's value, by what it says; LookupError for words."""
    if f.head == "number":
        return np.asarray(f.parts[0])
    if f.head == "constant":
        return CONSTANTS[f.parts[0]]
    if f.head in ARITHMETIC:
        return ARITHMETIC[f.head](*map(computed, f.parts))
    if f.head == "ones":
        return np.ones(_sizes(f.parts[0]))
    if f.head == "sum_along":
        axes = tuple(int(i) for i in f.parts[1].parts[0].split(" ", 1)[1].split(", "))
        a = computed(f.parts[0])
        return a.sum(axes).reshape(f.shape)
    if f.head == "call":
        function, *args = f.parts
        if function == "sign":
            return np.sign(computed(args[0]))
        if function == "reshape":
            return computed(args[0]).reshape(_sizes(args[1]))
        if function == "mean":
            axes = tuple(int(i) for i in args[1].parts[0].split(" ", 1)[1].split(", "))
            return computed(args[0]).mean(axes).reshape(f.shape)
        if function == "correlate2d":
            x, g = map(computed, args)
            return np.einsum("nckljm,nojm->ockl", np.lib.stride_tricks.sliding_window_view(x, g.shape[2:], (2, 3)), g)
        if function == "onehot":
            return np.eye(f.shape[1])[computed(args[0])]
        if function in ("softmax", "log_softmax", "conv_transpose2d", *OPERATIONS, "relu", "solve", "cofactor"):
            args = [mg.tensor(np.asarray(computed(a), float)) for a in args]
            return (mg.linalg if function in ("solve", "cofactor") else mg).__getattribute__(function)(*args).numpy()
    raise LookupError(f.head)


def _sizes(said):
    return tuple(map(int, said.parts[0].split(" × ")))


def checked(y, gradient=None):
    """How many formulas of y's explanation were computed, and found equal to the numbers beside them."""
    order, count = boxes(y), 0
    assert notes(y, order) == []            # nothing was written to since
    for step in steps(y, order, gradient):
        box = step.box
        written = backward_formulas(box.rule, box.node.need, box.kept(True), box.constants, formula(step.g))
        for part in step.parts:
            if written[part.place] is None:
                continue
            try:
                found = computed(written[part.place])
            except LookupError:
                continue
            assert np.allclose(np.broadcast_to(found, np.shape(part.part)), part.part, 1e-6), (box.op, str(written[part.place]))
            count += 1
    return count


def leaf(*shape, low=0.2, high=0.9):
    return mg.tensor(rng.uniform(low, high, shape), requires_grad=True)


@pytest.mark.parametrize("op", [op for op in OPERATIONS if op != "pick_both"])
def test_every_elementwise_formula_is_right(op):
    rule = OPERATIONS[op]
    of = getattr(elementwise, op)
    further = op == "arccosh"                # which begins at 1
    operands = [leaf(3, low=further + 0.2, high=further + 0.9) for _ in range(rule.inputs)]
    assert checked(of(*operands), np.array([0.5, -1.0, 2.0])) == rule.inputs
    for values in ([0.3, 0.7], [0.7, 0.3], [0.5, 0.5]):
        y = getattr(mg.Value(values[0] + further), op, None) if not op.startswith("pick") else None
        if y is not None:
            assert checked(y(*[mg.Value(v) for v in values[1:rule.inputs]])) == rule.inputs


@pytest.mark.parametrize("op", ["add", "sub", "mul", "div", "power", "maximum", "hypot"])
def test_operands_that_were_broadcast(op):
    for shapes in (((2, 3), (3,)), ((3,), (2, 3)), ((2, 1), (1, 3)), ((2, 3), ())):
        assert checked(getattr(mg, op)(*(leaf(*shape) for shape in shapes)), rng.normal(size=(2, 3))) == 2


GRAPHS = {
    "matmul": (lambda: leaf(2, 3) @ leaf(3, 4), 2), "batches": (lambda: leaf(5, 2, 3) @ leaf(5, 3, 4), 2),
    "broadcast matmul": (lambda: leaf(5, 2, 3) @ leaf(3, 4), 2), "vectors": (lambda: leaf(3) @ leaf(3), 5),
    "linear": (lambda: mg.linear(leaf(4, 3), leaf(2, 3), leaf(2)), 3), "sum": (lambda: mg.sum(leaf(2, 3)), 1),
    "sum along": (lambda: mg.sum(leaf(2, 3), 0), 1), "kept": (lambda: mg.sum(leaf(2, 3), 1, True), 1),
    "mean": (lambda: mg.mean(leaf(2, 3), 1), 1), "reshape": (lambda: mg.reshape(leaf(2, 3), (3, 2)), 1),
    "transpose": (lambda: leaf(2, 3).T, 1), "broadcast": (lambda: mg.broadcast_to(leaf(3), (2, 3)), 1),
    "relu": (lambda: mg.relu(leaf(2, 3, low=-1)), 1), "softmax": (lambda: mg.softmax(leaf(2, 3)), 1),
    "log_softmax": (lambda: mg.log_softmax(leaf(2, 3), 0), 1), "logsumexp": (lambda: mg.logsumexp(leaf(2, 3)), 1),
    "classes": (lambda: mg.cross_entropy(leaf(3, 4), mg.tensor([0, 3, 1], "int64")), 1),
    "sum of classes": (lambda: mg.cross_entropy(leaf(3, 4), mg.tensor([0, 3, 1], "int64"), "sum"), 1),
    "each class": (lambda: mg.cross_entropy(leaf(3, 4), mg.tensor([0, 3, 1], "int64"), "none"), 1),
    "dense": (lambda: mg.cross_entropy(leaf(3, 4), leaf(3, 4)), 2), "mse": (lambda: mg.mse(leaf(3, 4), leaf(3, 4)), 2),
    "var": (lambda: mg.var(leaf(3, 4), 0), 1), "inv": (lambda: mg.linalg.inv(leaf(2, 2)), 1),
    "solve": (lambda: mg.linalg.solve(leaf(2, 2), leaf(2, 2)), 2), "det": (lambda: mg.linalg.det(leaf(2, 2)), 1),
    "cumsum": (lambda: mg.cumsum(leaf(3, 4), 1), 0), "clip": (lambda: mg.clip(leaf(9), 0.4, 0.6), 1),
    "leaky": (lambda: mg.leaky_relu(leaf(9, low=-1)), 1), "elu": (lambda: mg.elu(leaf(9, low=-1)), 1),
    "power": (lambda: leaf(3) ** 3, 1), "square": (lambda: leaf(3) ** 2, 1), "root": (lambda: leaf(3) ** 0.5, 1),
    "first": (lambda: leaf(3) ** 1, 1), "none": (lambda: leaf(3) ** 0, 1), "exponent": (lambda: 2 ** leaf(3), 1),
    "conv2d": (lambda: mg.conv2d(leaf(2, 3, 5, 4), leaf(2, 3, 2, 3), leaf(2)), 3),
    "a choice": (lambda: mg.where(np.array([True, False, True]), leaf(3), leaf(3)), 2),
    "joined": (lambda: mg.sum(mg.concatenate([leaf(2), leaf(3)]) * mg.concatenate([leaf(3), leaf(2)])), 3),
    "product": (lambda: leaf(3) * 2, 1), "quotient": (lambda: 2 / leaf(3), 1),
}


@pytest.mark.parametrize("graph", GRAPHS)
def test_every_formula_of_arrays_is_right(graph):
    make, count = GRAPHS[graph]
    y = make()
    assert checked(y, rng.normal(size=y.shape)) == count


@pytest.mark.parametrize("make, said", [
    (lambda a, b: a @ b, ["g @ bᵀ", "aᵀ @ g"]), (lambda a, b: mg.linear(a, mg.transpose(b)), ["g @ v1", "gᵀ @ a"]),
    (lambda a, b: mg.max(a, 0), ["g at the first largest, else 0"]), (lambda a, b: a[0, 1:], ["g at [0, 1:], else 0"]),
    (lambda a, b: mg.prod(a, 1), ["reshape(g, 2 × 1) · the product of the others"]),
    (lambda a, b: mg.where(np.array([True, False, True]), 2 * a, 3.0), ["g · [c1]"]),
    (lambda a, b: mg.logaddexp(a, b.T), ["g · sigmoid(a − v1)", "g · sigmoid(v1 − a)"]),
    (lambda a, b: mg.maximum(a, 0.5), ["g · ([a > 0.5] + [a = 0.5] / 2)"]),
    (lambda a, b: mg.linalg.svd(a)[1], ["U diag(gs) V^T, and more where U or V is used"]),
    (lambda a, b: a.sum(), ["g · ones(2 × 3)"]), (lambda a, b: a.mean(), ["g / 6 · ones(2 × 3)"]),
    (lambda a, b: mg.sort(a), ["g at the place that each came from, else 0"]),
    (lambda a, b: mg.max_pool2d(mg.reshape(a, (1, 1, 2, 3)), 2), ["g at the first largest of its window, else 0"]),
    (lambda a, b: mg.conv2d(mg.reshape(a, (1, 1, 2, 3)), mg.reshape(b, (3, 1, 1, 2))),
     ["conv_transpose2d(g, v2)", "correlate2d(v1, g)"])])
def test_the_usual_formulas(make, said):
    a, b = leaf(2, 3), leaf(3, 2)
    y = make(a, b)
    order = boxes(y, {"a": a, "b": b})
    box = next(step.box for step in steps(y, order, np.ones(y.shape)) if "reshape" not in step.box.op)
    g = name("g", getattr(box.grad, "shape", ()))
    found = backward_formulas(box.rule, box.node.need, box.kept(False), box.constants, g)
    assert [str(f) for f in found if f is not None] == said


def test_powers_and_ties_as_in_a_textbook():
    x, y = mg.Value(2.0, "x"), mg.Value(3.0, "y")
    found = explain(x**y)
    text = str(found)
    assert "x gets g · y · x ** (y − 1) = 1 · 3 · 2 ** (3 − 1) = 12" in text
    assert "y gets g · x ** y · log(x) = 1 · 2 ** 3 · log(2) = 5.545" in text
    assert r"g \cdot y \cdot x^{y - 1}" in found.latex and r"g \cdot x^{y} \cdot \ln\left(x\right)" in found.latex
    assert "<msup><mrow><mi>x</mi></mrow><mrow><mi>y</mi><mo>−</mo><mn>1</mn></mrow></msup>" in found.html
    assert "x gets g · 3 · x ** 2 = 1 · 3 · 2 ** 2 = 12" in str(explain(x**3))
    assert "x gets g · 2 · x = 1 · 2 · 2 = 4" in str(explain(x**2))
    zero = mg.Value(0.0, "x")
    assert "x gets g · y · x ** (y − 1) = 0\n" in str(explain(zero**y))          # no 0 ** ... with a case of its own
    assert "x gets g · ([x > y] + [x = y] / 2) = 1 · ([2 > 2] + [2 = 2] / 2) = 0.5" in str(explain(x.max(mg.Value(2.0, "y"))))


def test_nobody_elses_rule_is_called_with_formulas():
    seen = []

    @mg.custom_function
    def twice(x):
        return 2 * x

    @twice.gradient
    def gradient(g, y, x):
        seen.append(type(g))
        return 2 * g

    assert "x gets 2\n" in str(explain(twice(mg.tensor(1.0, requires_grad=True)), {})).replace("v1", "x")
    assert seen == [mg.Tensor]


def test_brackets():
    a, b, c = map(name, "abc")
    of = Formula
    for f, text, tex in (
            (of("mul", of("add", a, b), c), "(a + b) · c", r"\left(a + b\right) \cdot c"),
            (of("sub", a, of("sub", b, c)), "a − (b − c)", r"a - \left(b - c\right)"),
            (of("mul", a, of("matmul", b, c)), "a · (b @ c)", r"a \cdot \left(b\,c\right)"),
            (of("div", of("add", a, b), of("mul", b, c)), "(a + b) / (b · c)", r"\frac{a + b}{b \cdot c}"),
            (of("power", of("neg", a), of("div", b, c)), "(−a) ** (b / c)", r"\left(-a\right)^{\frac{b}{c}}"),
            (of("mul", formula(-2), formula(Fraction(1, 2))), "(−2) · (1/2)", r"\left(-2\right) \cdot \frac{1}{2}"),
            (of("transpose", of("matmul", a, b)), "(a @ b)ᵀ", r"\left(a\,b\right)^{\top}"),
            (of("at", a, words("0, 1:")), "a[0, 1:]", r"a_{[\text{0, 1:}]}")):
        assert str(f) == text and f.latex == tex and f.mathml.count("<mrow>") == f.mathml.count("</mrow>")
    assert chain([a, a, b])[0] == "a = b"
    assert name("w_out").latex == r"w_{out}" and name("loss").latex == r"\mathit{loss}" and name("z12").latex == "z_{12}"


def test_numbers_in_three_ways():
    assert latex(Fraction(-1, 3)) == r"-\frac{1}{3}" and short(-0.0) == "0" and short(-1.5) == "−1.5"
    assert mathml(Fraction(1, 3)) == "<mfrac><mn>1</mn><mn>3</mn></mfrac>" and short(Fraction(4, 2)) == "2"
    a = np.array([[1.0, -2.5], [1e-12, 3.0]], np.float32)
    assert short(a) == "[[1, −2.5], [0, 3]]" and latex(a) == r"\begin{pmatrix}1 & -2.5 \\ 0 & 3\end{pmatrix}"
    assert mathml(a).count("<mtd>") == 4 and short(np.zeros((5, 5))) == "float64 5 × 5"
    assert latex(np.zeros((5, 5))) == r"\text{float64 5 $\times$ 5}"
    assert short(7**1000) == "125325…(846 digits)" and short(-(10**1000)) == "−100000…(1001 digits)"
    assert short(10**5000) == "100000…(5001 digits)"            # beyond what str() writes


def test_what_an_operation_computes():
    x = mg.tensor(np.ones((2, 3)), requires_grad=True)
    for y, text in ((x.sum(), "sum(x)"), (x.sum(0), "sum(x, axis 0)"), (x.T, "xᵀ"), (x.reshape((3, 2)), "reshape(x, 3 × 2)"),
                    (x[0], "x[0]"), (mg.mean(x), "mean(x)"), (x / 2, "x / 2")):
        order = boxes(y, {"x": x})
        assert str(forward_formula(order[-1])) == text
