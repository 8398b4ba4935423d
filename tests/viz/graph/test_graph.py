"""Pictures and explanations of graphs: what they show is what the engine computes, and they change nothing."""

import re
import xml.etree.ElementTree as ElementTree
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import minigrad as mg
from minigrad import nn
from minigrad.viz.graph.drawing import draw
from minigrad.viz.graph.explaining import explain
from minigrad.viz.graph.layout import GAP_Y, layout
from minigrad.viz.graph.trace import boxes, steps


def diamond():
    a, b = mg.Value(2, "a"), mg.Value(3, "b")
    c = a * b
    c.label = "c"
    return a, b, (c + a) * c


MADE = (lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a.relu(), lambda a, b: a.max(b),
        lambda a, b: 3 - a * 2)


@st.composite
def expressions(draw):
    """A Value of small integers and Fractions, used again and again."""
    leaves = [mg.Value(draw(st.integers(-3, 3)) if i % 2 else Fraction(draw(st.integers(-3, 3)), 2), f"x{i}") for i in range(3)]
    known = list(leaves)
    for _ in range(draw(st.integers(1, 8))):
        a, b = (known[draw(st.integers(0, len(known) - 1))] for _ in range(2))
        known.append(draw(st.sampled_from(MADE))(a, b))
    return leaves, known[-1]


@given(expressions())
@settings(max_examples=60)
def test_the_explained_gradient_is_the_gradient(drawn):
    leaves, y = drawn
    order = boxes(y)
    walked = steps(y, order)
    explained = {box.node: box.grad for box in order}
    assert all(v.grad is None for v in leaves) and y.grad is None
    y.backward()
    for box in order:
        assert box.node.grad == (explained[box.node] or 0)
    for step in walked:                         # the parts add up, and nobody's turn came too soon
        parts = [part for s in walked for part in s.parts if part.to is step.box]
        assert not parts or sum([part.part for part in parts[1:]], parts[0].part) == step.g == parts[-1].total
        assert [part.left for part in parts] == list(range(len(parts)))[::-1]
        assert all(part.waits_for[:1] == [next(s.box for s in walked for q in s.parts if q is later)]
                   for part, later in pairwise(parts))
    assert str(explain(y)) and draw(y).svg.startswith("<svg")


def test_a_diamond_says_who_waits_for_whom():
    text = str(explain(diamond()[2]))
    assert "c = a · b = 2 · 3 = 6" in text and "c gets g · v1 = 1 · 8 = 8; c has 8 now, and waits for v1" in text
    assert re.search(r"c = a · b: g = 8 \+ 6 = 14, from v2 and v1", text)
    assert text.endswith("  in a: 48\n  in b: 28")


def test_numbers_beside_values():
    x = mg.Value(Fraction(1, 2), "x")
    text = str(explain((3 - x * 2) / 4 + 5))
    for line in ("v1 = x · 2 = (1/2) · 2 = 1", "v2 = 3 − v1 = 3 − 1 = 2", "v3 = v2 / 4 = 2 / 4 = 1/2",
                 "v4 = v3 + 5 = (1/2) + 5 = 11/2"):
        assert line in text
    x = mg.Value(1e16, "x")
    assert "= x + 1 = 1e+16 + 1 = 1e+16" in str(explain(x + 1)) and "1 / x" in str(explain(1 / x))
    assert explain(x * 2).gradients == {"x": 2}


def test_symbols():
    sympy = pytest.importorskip("sympy", reason="SymPy is not installed")
    w, x = (mg.Value(sympy.Symbol(name, real=True), name) for name in "wx")
    found = explain((w * x).relu())
    assert found.gradients["w"] == x.data * sympy.Heaviside(w.data * x.data, 0)
    assert r"\bar{w} &\mathrel{+}= g \cdot x" in found.latex


def test_latex():
    text = explain(diamond()[2]).latex
    assert r"\bar{a} &\mathrel{+}= g \cdot b = 14 \cdot 3 = 42" in text and text.startswith(r"\begin{align*}")


def test_tensors():
    w = mg.tensor([[1.0, 0.0], [0.0, -1.0]], requires_grad=True)
    x = mg.tensor([[1.0, 2.0]])
    y = (mg.relu(x @ w) * 3).sum()
    text = str(explain(y, {"w": w}))
    assert "W" not in text and "w gets c1ᵀ @ g = [[1, 2]]ᵀ @ [[3, 0]] = [[3, 0], [6, 0]]" in text and w.grad is None
    y.backward()                                # it is all still there
    assert w.grad.tolist() == [[3, 0], [6, 0]]
    with pytest.raises(RuntimeError, match=r"walked before and freed"):
        draw(y)


def test_several_outputs_and_complex_graphs():
    x = mg.tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)
    a, b, c = mg.split(mg.sort(x), 3, 1)
    values, _ = mg.topk(x, 2)
    y = (a * b + c).sum() + values.sum() + mg.linalg.svd(x)[1].sum()
    assert explain(y, {"x": x}).gradients["x"].shape == (2, 3) and "svd" in draw(y).svg


@pytest.mark.parametrize("thing, error, message", [
    (3.0, TypeError, r"^\[draw\] expected a Value or a Tensor, found float"),
    (mg.tensor([1.0]), RuntimeError, r"^\[draw\] this tensor has no graph")])
def test_what_has_no_graph(thing, error, message):
    for function in (draw, explain):
        with pytest.raises(error, match=message):
            function(thing)


def test_modules_are_boxes():
    model = nn.Sequential(nn.Sequential(nn.Linear(4, 8), nn.ReLU()), nn.Linear(8, 3))
    with mg.anomaly_mode():
        loss = mg.cross_entropy(model(mg.randn(5, 4)), [0, 1, 2, 0, 1])
    closed, opened = draw(loss), draw(loss, collapse=False)
    assert "2 operations" in closed.svg and "relu(" not in closed.svg and "relu(" in opened.svg
    assert mg.draw is draw and mg.explain is explain


def test_a_look_calls_no_hook_and_does_not_fail():
    called = []
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.register_hook(called.append)
    z = (y * y).sum()
    assert "<svg" in z._repr_html_() and mg.explain(z).gradients and draw(z).svg and called == []
    z.backward(retain_graph=True)
    assert len(called) == 1
    with mg.no_grad():
        x[0] = 5.0
    assert "<svg" in draw(z).svg and "<svg" in z._repr_html_()
    root = mg.Value(0, "x").sqrt()
    assert "<svg" in draw(root).svg and "<svg" in root._repr_html_()


def test_two_of_one_label():
    found = explain(mg.Value(2, "w") * mg.Value(3, "w"))
    assert found.gradients == {"w": 3, "w'": 2} and "v1 = w · w'" in str(found)
    with pytest.raises(TypeError, match=r"^\[draw\] names must be"):
        draw(mg.Value(2) * 3, {"a": "b"})


def test_one_leaf_used_often_is_drawn_in_time():
    x = mg.Value(1.0, "x")
    y = x
    for _ in range(100):
        y = y * 1.5 + x
    svg = draw(y).svg
    assert svg.count("<rect") == 300 and svg.count('class="mg-again"') == 99      # x once, and its name beside distant uses


def test_files(tmp_path):
    y = diamond()[2]
    picture = draw(y, {"result": y})
    for name in ("g.svg", "g.html", "g.dot"):
        picture.save(tmp_path / name)
    ElementTree.parse(tmp_path / "g.svg")
    page = (tmp_path / "g.html").read_text(encoding="utf-8")
    assert "result = v1 · c" in page and "http" not in page.replace("http://www.w3.org", "")          # nothing is fetched
    assert (tmp_path / "g.dot").read_text(encoding="utf-8").count("->") == 6
    explanation = explain(y)
    for name in ("e.html", "e.txt", "e.tex"):
        explanation.save(tmp_path / name)
    assert (tmp_path / "e.html").read_text(encoding="utf-8") == explanation.html and "http" not in explanation.html.replace(
        "http://www.w3.org", "")
    assert picture._repr_svg_() == picture.svg
    for thing, name in ((picture, "draw"), (explanation, "explain")):
        with pytest.raises(ValueError, match=rf"^\[{name}\] expected a file that ends in"):
            thing.save(tmp_path / "x.doc")
    assert not (tmp_path / "x.doc").exists()


def test_labels_are_escaped(tmp_path):
    y = mg.Value(1, "<script>") * mg.Value(2, 'a"b\\')
    assert "<script>" not in draw(y).svg and explain(y).html.count("<script>") == 1 and '\\"b' in draw(y).dot


@given(st.integers(1, 25).flatmap(lambda n: st.tuples(st.just(n), st.lists(
    st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda e: e[0] < e[1]), max_size=40)
    if n > 1 else st.just([]))))
@settings(max_examples=80)
def test_boxes_lie_apart_and_arrows_point_right(drawn):
    n, edges = drawn
    sizes = {i: (30.0 + 5 * (i % 7), 20.0 + i % 3 * 15) for i in range(n)}
    placed = layout(sizes, edges)
    at = placed.positions
    for tail, head in edges:
        assert at[tail][0] + sizes[tail][0] / 2 < at[head][0] - sizes[head][0] / 2
    for i in range(n):
        assert at[i][0] >= 0 and at[i][0] <= placed.width + 1e-6 and at[i][1] - sizes[i][1] / 2 >= -1e-6
        for j in range(i):
            apart_x = abs(at[i][0] - at[j][0]) >= (sizes[i][0] + sizes[j][0]) / 2
            assert apart_x or abs(at[i][1] - at[j][1]) >= (sizes[i][1] + sizes[j][1]) / 2 + GAP_Y - 1e-6
    assert len(placed.chains) == len(edges)


def test_a_deep_graph_is_drawn():
    y = x = mg.Value(1.0, "x")
    for _ in range(3000):
        y = y + 1
    assert draw(y).svg.count("<rect") == 3001 and len(boxes(y)) == 3001 and x.grad is None
