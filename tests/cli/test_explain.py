"""minigrad explain: exact, symbolic, and what is no formula."""

import re
from fractions import Fraction

import pytest

import minigrad as mg
from minigrad.cli import main
from minigrad.viz.graph.expression import compute, names_in, number

B1 = "relu(w7*relu(w1*x1+w2*x2+w3)+w8*relu(w4*x1+w5*x2+w6)+w9)"
W = dict(zip((f"w{i}" for i in range(1, 10)), (1, -2, 0, 2, 1, 0, -1, 1, 1)))


@pytest.mark.parametrize("x2, y, gradient", [(3, 4, [0, 0, 0, 0, 3, 1, 0, 3, 1]), (-3, 0, [0] * 9)])
def test_nine_weights(x2, y, gradient, capsys):
    values = [f"{name}={v}" for name, v in {**W, "x1": 0, "x2": x2}.items()]
    assert main(["explain", B1, *values]) == 0
    printed = capsys.readouterr().out
    assert f" = {y}\n" in printed
    for i, g in enumerate(gradient, 1):
        assert f"\n  in w{i}: {g}\n" in printed


def test_files_flags_and_symbols(tmp_path, capsys):
    pytest.importorskip("sympy", reason="SymPy is not installed")
    page, picture = tmp_path / "p.html", tmp_path / "g.svg"
    assert main(["explain", "relu(w*x)^2", "--symbolic", "x=1/2", "--save", str(page), "--save", str(picture)]) == 0
    printed = capsys.readouterr().out
    assert "Heaviside(w/2, 0)" in printed and page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert picture.read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.parametrize("formula, values, message", [
    ("a*b", ["a=1"], "b has no value: give b=..., or --symbolic"), ("a", ["a=1", "c=2"], "c has a value but does not appear"),
    ("(a", ["a=1"], "this is no formula"), ("__import__('os')", [], "there is no function '__import__'"),
    ("a.real", ["a=1"], "'a.real' has no place in a formula"), ("[a]", ["a=1"], "has no place"),
    ("a if a else 2", ["a=1"], "no place"),
    ("9**9**9", [], "too many digits to be written out"), ("a**b**a", ["a=99", "b=99"], "too many digits"),
    ("sqrt(x)", ["x=0"], "no gradient there"), ("exp2(x)", ["x=100000"], "too many digits"),
    ("10.0**400*x", ["x=1"], "no value there"),
    ("square(" * 28 + "x" + ")" * 28, ["x=3"], "too many digits"), ("1/x", ["x=0"], "divides by 0"),
    ("relu()", [], "a function needs an argument"), ("relu(a, b=2)", ["a=1"], "no place"), ("(lambda: 1)()", [], "no place"),
    ("1/0*a", ["a=1"], "divides by 0"), ("a", ["a=one"], "expected a number, such as 3, 1/3 or 0.5, found 'one'"),
    ("a", ["a=1/0"], "expected a number"), ("'a'*3", [], "no place"), ("1" * 20000, [], "letters, and 10000 are the most"),
    ("a" + "+a" * 3000, ["a=1"], None)])
def test_what_is_refused(formula, values, message, capsys):
    code = main(["explain", formula, *values])
    if message is not None:
        assert code == 1 and re.search(re.escape(message), capsys.readouterr().err)


def test_usage(capsys):
    for arguments in (["explain", "a", "a=1", "--what"], ["info", "a=1"]):
        with pytest.raises(SystemExit) as error:
            main(arguments)
        assert error.value.code == 2 and "unrecognized arguments" in capsys.readouterr().err


def test_formulas():
    assert names_in("b*relu(a) + b + exp(c)") == ["b", "a", "c"]
    values = {"a": mg.Value(Fraction(1, 2)), "b": mg.Value(3)}
    assert compute("-(a + 1/2)**2 / b + max(a, b) - min(a, 0)", values).data == Fraction(8, 3)
    assert compute("2*3", {}).data == 6 and compute("log(exp(0))", {}).data == 0
    assert [number(t) for t in ("3", "-3", "1/3", "0.5", "1e-3")] == [3, -3, Fraction(1, 3), 0.5, 1e-3]
