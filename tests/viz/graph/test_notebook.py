"""What a notebook shows of each thing: it asks for every form in turn, and takes the text where it is given None."""

import re
from fractions import Fraction

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.train import History


def shown(thing):
    """{form: what a notebook is given}, as IPython asks for it: of the class, never of the object."""
    methods = {form: getattr(type(thing), f"_repr_{form}_", None) for form in ("html", "svg", "latex", "png")}
    found = {form: method(thing) for form, method in methods.items() if method is not None}
    return {form: text for form, text in found.items() if text is not None} | {"text": repr(thing)}


def test_values():
    x = mg.Value(2.0, "x")
    assert shown(x) == {"text": "Value(x=2.0)"}
    y = shown(x * 3 + 1)
    assert set(y) == {"html", "text"} and y["html"].startswith("<pre>Value(7.0)</pre><svg") and "x · 3" in y["html"]
    assert "gradient" not in y["html"]
    z = x * 3
    z.backward()
    assert "gradient 3" in shown(z)["html"]             # its `.grad`, as it is
    assert shown(mg.Value(Fraction(-1, 3)))["latex"] == r"$\displaystyle -\frac{1}{3}$"


def test_symbols():
    sympy = pytest.importorskip("sympy", reason="SymPy is an extra: pip install minigrad-engine[symbolic]")
    x = mg.Value(sympy.Symbol("x"))
    assert shown(x)["latex"] == r"$\displaystyle x$" and shown(x ** 2)["latex"] == r"$\displaystyle x^{2}$"


def test_tensors():
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    for plain in (x, mg.tensor([1.0]), mg.zeros((1000, 1000))):
        assert set(shown(plain)) == {"text"}
    y = (x * x).sum()
    assert set(shown(y)) == {"html", "text"} and "sum(v2)" in shown(y)["html"]
    y.backward()
    assert set(shown(y)) == {"text"} and "made by sum" in shown(y)["text"]           # its graph is gone
    long = x
    for _ in range(70):
        long = long * 2
    assert set(shown(long)) == {"text"}


def test_modules_and_what_is_said_of_them():
    model = nn.Sequential(nn.Linear(4, 3), nn.ReLU())
    assert set(shown(model)) == {"text"} and "15 parameters" in shown(model)["text"]
    assert "<td" in shown(mg.summary(model, (4,)))["html"]
    assert shown(mg.draw(model, np.ones((2, 4), np.float32)))["svg"].startswith("<svg")


def test_histories():
    assert set(shown(History())) == {"text"}
    assert "<th>train loss</th>" in shown(History([{"epoch": 1, "train_loss": 0.5}]))["html"]


def test_an_explanation_styles_nothing_but_itself():
    found = shown(mg.explain(mg.Value(2, "x") * 3))
    assert found["html"].startswith('<div class="mg-explain"') and "<body" not in found["html"] and "\\bar{x}" in found["latex"]
    style = re.search(r"<style>(.*?)</style>", found["html"], flags=re.S)[1]
    selectors = [s.strip() for rule in style.split("}") if "{" in rule for s in rule.split("{")[0].split(",")]
    assert selectors and all(s.startswith((".mg-explain", "#explained-")) for s in selectors)
