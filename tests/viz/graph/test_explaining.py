"""Explanations beside other things: symbols, notebooks, numbers that were written to since, other threads."""

import threading
from fractions import Fraction

import numpy as np
import pytest

import minigrad as mg
from minigrad.viz.graph.explaining import explain
from minigrad.viz.graph.symbols import latex, mathml, text

# ---- symbols


def test_heaviside_and_max_as_one_writes_them():
    sympy = pytest.importorskip("sympy", reason="SymPy is not installed")
    w, x, y = sympy.symbols("w x y", real=True)
    for expression, said in ((sympy.Heaviside(w * x, 0), "H(w·x)"), (sympy.Max(0, w), "relu(w)"),
                             (w**2 * sympy.Heaviside(sympy.Max(x, y) - 1, 0), "w**2·H(max(x, y) − 1)"),
                             (sympy.Max(0, x, y), "relu(max(x, y))"), (sympy.Min(x, y) - x, "−x + min(x, y)"),
                             (sympy.Heaviside(x), "Heaviside(x)"), (sympy.Max(0, sympy.Max(0, x * w) + 1), "relu(w·x) + 1")):
        found = text(expression)
        assert found == said or found == "relu(relu(w·x) + 1)" == f"relu({said})"
    cases = sympy.Piecewise((0, x < y), (sympy.Rational(1, 2), sympy.Eq(x, y)), (w * x, (x > 1) & (sympy.Ne(y, 2) | (w < 1))))
    assert text(cases) in ("(0 if x < y, 1/2 if x = y, else w·x if x > 1 and (y ≠ 2 or w < 1))",
                           "(0 if x < y, 1/2 if x = y, else w·x if x > 1 and (w < 1 or y ≠ 2))",
                           "(0 if x < y, 1/2 if x = y, else w·x if (w < 1 or y ≠ 2) and x > 1)",
                           "(0 if x < y, 1/2 if x = y, else w·x if (y ≠ 2 or w < 1) and x > 1)")
    assert latex(w * sympy.Heaviside(x, 0)) == r"w H{\left(x \right)}" and "relu" in latex(sympy.Max(0, x))
    assert mathml(sympy.Heaviside(x, 0)).startswith("<mrow><mi>H</mi>") and "<mo>·</mo>" in mathml(w * x)


def test_a_symbolic_gradient_is_written_with_h():
    sympy = pytest.importorskip("sympy", reason="SymPy is not installed")
    w, x = (mg.Value(sympy.Symbol(name, real=True), name) for name in "wx")
    found = explain((w * x).relu())
    said = str(found)
    assert "w gets g · x = H(w·x) · x = x·H(w·x)" in said and "(w·H(w·x)" not in str(explain((w * x).relu() * w))
    assert "v1 gets g · [v2 > 0] = 1 · [relu(w·x) > 0] = H(w·x)" in said and "  in w: x·H(w·x)" in said
    assert "Heaviside" not in said + found.latex + found.html and "theta" not in found.latex


def test_notebooks_show_what_is_exact():
    half = mg.Value(Fraction(-1, 2), "h")
    assert half._repr_latex_() == r"$\displaystyle -\frac{1}{2}$" and half._repr_html_() is None        # the LaTeX is shown
    square = half * half
    assert square._repr_html_().startswith("<p><math><mfrac><mn>1</mn><mn>4</mn></mfrac></math></p><svg")
    assert mg.Value(2.0)._repr_latex_() is None and (mg.Value(2.0) * 3)._repr_html_().startswith("<pre>Value(6.0)")
    found = explain(square)
    assert found._repr_latex_() == found.latex
    first, second = found._repr_html_(), found._repr_html_()
    assert first != second and "<html" not in first and "body{" not in first and "document:root" in first


def test_notebooks_show_the_simplified_expression():
    sympy = pytest.importorskip("sympy", reason="SymPy is not installed")
    x = mg.Value(sympy.Symbol("x", real=True), "x")
    one = x.sin() ** 2 + x.cos() ** 2
    assert one._repr_latex_() == r"$\displaystyle 1$" and "<p><math><mn>1</mn></math></p>" in one._repr_html_()


# ---- numbers of then and of now

def test_a_value_that_changed_since_is_shown_as_it_was():
    x, w = mg.Value(2, "x"), mg.Value(3, "w")
    y = x * w
    x.data = 5
    said = str(explain(y))
    assert said.startswith("Note: x is 5 now; when the result was computed it was 2, and the rules use that.")
    assert "v1 = x · w = 2 · 3 = 6" in said and "w gets g · x = 1 · 2 = 2" in said and "= 5" not in said.partition("Forward")[2]
    assert 'class="note"' in explain(y).html and "5" not in mg.draw(y).svg.partition(">x<")[2][:200].split("<")[0]
    assert not explain(x * w).notes


def test_a_value_that_nobody_saved_is_a_question_mark():
    x = mg.Value(2.0, "x")
    y = x + 1
    x.data = 5.0
    said = str(explain(y))
    assert said.startswith("Note: v1 = 3 does not follow from the numbers of now, which give 6: x or v1 was written to since.")
    assert "v1 = x + 1 = 3" in said
    assert "\n  x = (not kept: no rule needs it)\n" in said and not explain(x + 1).notes


def test_results_that_changed_since():
    x, w = mg.Value(2, "x"), mg.Value(3, "w")
    v = x * w
    y = v * 2 + v * w
    v.data = 50
    assert explain(y).notes == [
        "v1 is 50 now; when the result was computed it was 6, and the rules use that. Compute the result again to have it "
        "explained with the numbers of now."]
    root = x * w
    root.data = 99
    found = explain(root)
    assert "6: v1 was written to since" in found.notes[0] and "99" not in str(found).partition("Forward")[2]


@pytest.mark.parametrize("make", [lambda x: (x + 1) * 2, lambda x: x.exp().log(), lambda x: x.max(3).min(7), lambda x: x**3,
                                  lambda x: x.relu() + x.clip(0, 1), lambda x: x / 3 - x.sigmoid(), lambda x: x.softplus()])
@pytest.mark.parametrize("number", [2, 0.3, Fraction(1, 3), float("nan"), float("inf")])
def test_what_did_not_change_is_not_noted(make, number):
    try:
        y = make(mg.Value(number, "x"))
        found = explain(y)
    except ArithmeticError:
        return
    assert found.notes == []


def test_tensors_that_were_written_to():
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    w = mg.tensor([3.0, 4.0], requires_grad=True)
    kept, summed = x * w, (x + w).sum()
    with mg.no_grad():
        x[0] = 7.0
    with pytest.raises(RuntimeError, match=r"written in place since"):
        explain(kept.sum(), {"x": x})
    found = explain(summed, {"x": x, "w": w})
    assert found.notes[0].startswith("x was written to since") and "7" not in str(found)
    x.data[0] = 9.0                             # which tells nobody
    again = x * w
    x.data[0] = 11.0
    assert "does not follow from the numbers of now" in explain(again, {"x": x}, [1.0, 1.0]).notes[0]
    assert explain((x * w).sum()).notes == [] and explain((x @ w).sum()).notes == []


def test_an_optimizer_step_is_noticed():
    w = mg.nn.Parameter(np.ones(2, "float32"))
    loss = (w - 3).sum()
    loss.backward(retain_graph=True)
    mg.optim.SGD([w], lr=0.1).step()
    assert "w was written to since" in str(explain(loss, {"w": w}))


# ---- other threads

def test_another_thread_may_walk_the_same_graph():
    """The explainer stands in the midst of its walk while another thread runs backward over the same nodes."""
    inside, walked = threading.Event(), threading.Event()
    seen = []

    @mg.custom_function
    def twice(x):
        return 2 * x

    @twice.gradient
    def gradient(g, y, x):
        seen.append(threading.current_thread().name)
        if seen[-1] == "explainer":
            inside.set()
            assert walked.wait(30)
        return 2 * g

    x = mg.tensor([1.0, 2.0], requires_grad=True)
    y = (twice(x * x) + x).sum()
    rules = [node.rule for node in (y.node, *y.node.parents)]
    found = []
    thread = threading.Thread(target=lambda: found.append(explain(y, {"x": x})), name="explainer")
    thread.start()
    assert inside.wait(30)
    assert [node.rule for node in (y.node, *y.node.parents)] == rules           # nothing is hung into the graph
    y.backward()                                # and this one may free it
    walked.set()
    thread.join(30)
    assert seen == ["explainer", "MainThread"] and x.grad.tolist() == [5, 9]
    assert found[0].gradients["x"].tolist() == [5, 9] and len(found[0].turns) == 4
    with pytest.raises(RuntimeError, match="freed as it went"):
        explain(y)


def test_two_threads_explain_at_once():
    x = mg.Value(3, "x")
    y = x
    for _ in range(60):
        y = y * x - y
    expected, found = str(explain(y)), []
    threads = [threading.Thread(target=lambda: found.append(str(explain(y)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    y.backward()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4 and f"  in x: {x.grad}" in expected


# ---- names and what is left out

def test_constants_have_their_names_or_one_of_ours():
    w = mg.tensor(np.ones((3, 2)), requires_grad=True)
    x, large = mg.tensor(np.ones((2, 3))), mg.tensor(np.ones((20, 3)))
    assert "v1 = x @ w" in str(explain((x @ w).sum(), {"x": x, "w": w})) and "w gets xᵀ @ g" in str(
        explain((x @ w).sum(), {"x": x, "w": w}))
    said = str(explain((large @ w).sum(), {"w": w}))
    assert "c1 = float64 20 × 3\n" in said and "w gets c1ᵀ @ g = " in said


def test_choices_between_numbers_are_numbers():
    a, b = mg.Value(0.5, "a"), mg.Value(0.7, "b")
    said = str(explain(a.clip(b, 1)))
    assert "v3 = where(True, v2, 1) = 0.7" in said and "where()" not in said
    assert explain(a.clip(b, 1)).gradients == {"a": 0, "b": 1}
    assert "v1 = clip(a, 0, 1) = 0.5" in str(explain(a.clip(0, 1)))
    x = mg.Value(2.0, "x")
    (x**3).backward(create_graph=True)
    assert "v2 · 3 = 4 · 3 = 12" in str(explain(x.grad))


def test_gradient_to_start_from():
    w = mg.tensor([1.0, 2.0], requires_grad=True)
    for gradient in ([1.0, 10.0], mg.tensor([1.0, 10.0]), np.array([1.0, 10.0], "float32")):
        assert explain(w * 3, {"w": w}, gradient).gradients["w"].tolist() == [3, 30]
    x = mg.Value(2, "x")
    assert explain(x * 3, gradient=mg.Value(5)).gradients == {"x": 15} == explain(x * 3, gradient=5).gradients
