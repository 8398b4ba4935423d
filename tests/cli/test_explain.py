"""minigrad explain: exact, symbolic, and what is no formula: an answer in a sentence, whatever is typed."""

import os
import re
import subprocess
import sys
import time
from fractions import Fraction

import pytest

import minigrad as mg
from minigrad.cli import main
from minigrad.rules import OPERATIONS
from minigrad.viz.graph.expression import FUNCTIONS, compute, names_in, number

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
    page, picture, tex = (tmp_path / name for name in ("p.html", "g.svg", "s.tex"))
    assert main(["explain", "relu(w*x)^2", "--symbolic", "x=1/2",
                 *(f"--save={path}" for path in (page, picture, tex))]) == 0
    printed = capsys.readouterr().out
    assert re.search(r"in w: (relu\(w/2\)·H\(w/2\)|H\(w/2\)·relu\(w/2\))\n", printed)
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert picture.read_text(encoding="utf-8").startswith("<svg") and r"H{\left(\frac{w}{2} \right)}" in tex.read_text()
    assert "Heaviside" not in printed + page.read_text(encoding="utf-8") + picture.read_text(encoding="utf-8")


def test_the_exercise_in_symbols(capsys):
    """dy/dw as exercises.md has it: products of H along the way."""
    pytest.importorskip("sympy", reason="SymPy is not installed")
    assert main(["explain", B1, "--symbolic"]) == 0
    printed = capsys.readouterr().out
    z1, z2 = "w1·x1 + w2·x2 + w3", "w4·x1 + w5·x2 + w6"
    z3 = re.search(r"in w9: H\((.*)\)\n", printed)[1]
    assert sorted(z3.split(" + ")[:1]) == ["w7·relu(w1·x1"] and f"relu({z2})" in z3
    for w, factors in (("w1", ("x1", "w7", f"H({z1})", f"H({z3})")), ("w6", ("w8", f"H({z2})", f"H({z3})")),
                       ("w8", (f"relu({z2})", f"H({z3})"))):
        found = re.search(rf"in {w}: (.*)\n", printed)[1]
        rest = found
        for factor in sorted(factors, key=len, reverse=True):
            assert factor in rest
            rest = rest.replace(factor, "", 1)
        assert set(rest) <= {"·"}, found


@pytest.mark.parametrize("formula, values, message", [
    ("a*b", ["a=1"], "b has no value: give b=..., or --symbolic"), ("a", ["a=1", "c=2"], "c has a value but does not appear"),
    ("(a", ["a=1"], "this is no formula"), ("__import__('os')", [], "there is no function '__import__'"),
    ("a.real", ["a=1"], "a.real has no place in a formula"), ("[a]", ["a=1"], "has no place"),
    ("a if a else 2", ["a=1"], "no place"), ("2(a)", ["a=1"], "write * between factors"),
    ("9**9**9", [], "too many digits to be written out"), ("a**b**a", ["a=99", "b=99"], "too many digits"),
    ("9**9**9**9*a", ["a=1"], "too many digits"), ("(1/3)**9**9*a", ["a=1"], "too many digits"),
    ("sqrt(x)", ["x=0"], "no gradient there"), ("exp2(x)", ["x=100000"], "too many digits"),
    ("exp2(x)", ["x=9999999999999"], "too many digits"), ("exp2(9**99)", [], "too many digits"),
    ("10.0**400*x", ["x=1"], "10.0 ** 400 is infinite there, of 10.0 and 400"),
    ("2.0**9**99*x", ["x=1"], "is infinite"), ("exp(x)", ["x=1000.0"], "exp(x) is infinite there, of 1000.0"),
    ("square(" * 28 + "x" + ")" * 28, ["x=3"], "too many digits"), ("1/x", ["x=0"], "divides by 0"),
    ("relu()", [], "relu takes 1 number, found 0: relu()"), ("relu(x, 3)", ["x=1"], "relu takes 1 number, found 2: relu(x, 3)"),
    ("max(a)", ["a=1"], "max takes 2 numbers, found 1: max(a)"), ("min(a, a, 3)", ["a=1"], "min takes 2 numbers, found 3"),
    ("relu(a, b=2)", ["a=1"], "no place"), ("relu(*a)", ["a=1"], "no place"), ("(lambda: 1)()", [], "no place"),
    ("1/0*a", ["a=1"], "1 / 0 divides by 0"), ("1.5/0.0", [], "divides by 0"), ("(-8.0)**(1/3)", [], "has no value"),
    ("sqrt(0-x)", ["x=2"], "sqrt(0 - x) has no value there, of -2"), ("log(x)", ["x=-1.0"], "has no value there"),
    ("a", ["a=one"], "expected a number, such as 3, 1/3 or 0.5, found 'one'"), ("a", ["a=nan"], "expected a number"),
    ("a", ["a=1/0"], "expected a number"),
    ("a", ["a=1e9999999/3"], "expected a number"), ("a", ["a=" + "9" * 9000], "a number"),
    ("a", ["a.b=1"], "expected name=number"), ("'a'*3", [], "no place"), ("f'{a}'", ["a=1"], "no place"),
    ("1" * 20000, [], "letters, and 10000 are the most"), ("1" * 5000, [], "no formula"),
    ("0x" + "f" * 9000, [], "too many digits"),
    ("(" * 5000 + "a" + ")" * 4999, ["a=1"], "this is no formula"),
    ("(" * 4900 + "a" + ")" * 4900, ["a=1"], "this is no formula"), ("-" * 9000 + "a", ["a=1"], "nested too deeply"),
    ("relu(" * 1600 + "a" + ")" * 1600, ["a=1"], "this is no formula"), ("a\0b", [], "this is no formula"),
    ("\udcff*a", ["a=1"], "this is no formula"), ("", [], "this is no formula"), ("   ", [], "this is no formula"),
    ("a b", ["a=1"], "this is no formula"), ("a;b", ["a=1"], "this is no formula"), ("a\nb", ["a=1"], "this is no formula"),
    ("lambda x: x", [], "no place"), ("a := 3", [], "this is no formula"), ("a @ b", ["a=1", "b=2"], "no place"),
    ("a // 2", ["a=1"], "no place"), ("a < 2", ["a=1"], "no place"), ("not a", ["a=1"], "no place"),
    ("~a", ["a=1"], "no place"),
    ("True*a", ["a=1"], "no place"), ("1j*a", ["a=1"], "no place"), ("...", [], "no place"), ("a[0]", ["a=1"], "no place"),
    ("{a: 1}", ["a=1"], "no place"), ("await a", ["a=1"], "no"), ("x" * 9000, [], "has no value"),
    ("nosuch(a)", ["a=1"], "there is no function 'nosuch'"), ("eval(a)", ["a=1"], "there is no function 'eval'"),
    ("add(a, 1)", ["a=1"], "there is no function 'add'"), ("pick_mul(a, 1)", ["a=1"], "there is no function"),
    ("a.__class__.__mro__", ["a=1"], "no place"), ("backward(a)", ["a=1"], "there is no function 'backward'")])
def test_what_is_refused(formula, values, message, capsys):
    begin = time.perf_counter()
    assert main(["explain", "--", formula, *values]) == 1
    said = capsys.readouterr().err
    assert message in said and said.count("\n") == 1 and said.startswith("minigrad: ") and len(said) < 1300
    assert time.perf_counter() - begin < 5


def test_without_sympy(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "sympy", None)
    assert main(["explain", "x", "--symbolic"]) == 1 and "needs SymPy, which is not installed" in capsys.readouterr().err


def test_symbols_that_have_no_value(capsys):
    pytest.importorskip("sympy", reason="SymPy is not installed")
    for formula in ("1/(x-x)", "log(0*x)", "0*x/(0*x)"):
        assert main(["explain", formula, "--symbolic"]) == 1 and "has no value there" in capsys.readouterr().err
    assert main(["explain", "max(x, y)", "--symbolic"]) == 0
    assert "  in x: (0 if x < y, 1/2 if x = y, else 1)\n" in capsys.readouterr().out


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_counts_its_arguments(name):
    takes = OPERATIONS[FUNCTIONS[name]].inputs
    values = {"a": mg.Value(0.3, "a"), "b": mg.Value(0.4, "b")}
    for found in range(4):
        text = f"{name}({', '.join('aba'[:found])})"
        if found == takes:
            assert isinstance(compute("1.5 + " + text if name != "arccosh" else f"{name}(1 + a)", values), mg.Value)
            continue
        with pytest.raises(ValueError, match=rf"^\[explain\] {name} takes {takes} numbers?, found {found}: {re.escape(text)}$"):
            compute(text, values)


def test_long_formulas_are_computed(tmp_path):
    page = tmp_path / "long.html"
    assert main(["explain", "a" + "+a" * 400, "a=1", "--save", str(page)]) == 0
    assert "too large to be drawn" in page.read_text(encoding="utf-8")
    x = mg.Value(1, "x")
    y = compute("+".join(["x"] * 900), {"x": x})
    y.backward()
    assert y.data == 900 == x.grad


def test_hostile_words_run_nothing(tmp_path):
    """In a process of its own, as it is called: nothing is evaluated, nothing is left behind, no traceback."""
    for formula in (f"__import__('os').system('touch {tmp_path}/bad')", f"[open('{tmp_path}/bad', 'w') for _ in 'a']"):
        done = subprocess.run([sys.executable, "-m", "minigrad", "explain", formula], capture_output=True, text=True,
                              timeout=60, env={**os.environ, "PYTHONWARNINGS": "default"})
        assert done.returncode == 1 and done.stderr.startswith("minigrad: [explain]") and done.stderr.count("\n") == 1
        assert not list(tmp_path.iterdir())


def test_usage(capsys):
    for arguments in (["explain", "a", "a=1", "--what"], ["info", "a=1"]):
        with pytest.raises(SystemExit) as error:
            main(arguments)
        assert error.value.code == 2 and "unrecognized arguments" in capsys.readouterr().err


def test_formulas():
    assert names_in("b*relu(a) + b + exp(c)") == ["b", "a", "c"]
    values = {"a": mg.Value(Fraction(1, 2)), "b": mg.Value(3)}
    assert compute("-(a + 1/2)**2 / b + max(a, b) - min(a, 0)", values).data == Fraction(8, 3)
    assert compute("2*3", {}).data == 6 and compute("log(exp(0))", {}).data == 0 and compute("+max(1, 2) - -3", {}).data == 5
    assert [number(t) for t in ("3", "-3", "1/3", "0.5", "1e-3")] == [3, -3, Fraction(1, 3), 0.5, 1e-3]
    assert compute("1**9**99 * (-1)**9**99 + 0**7", {}).data == 0 - 1


def test_constants_are_numbers(capsys):
    """What has no name in it is computed at once, and stands in the graph as its value."""
    assert main(["explain", "exp(2)*x + max(3, x) - sqrt(4)**3", "x=1"]) == 0
    printed = capsys.readouterr().out
    assert "v1 = 7.389 · x = 7.389 · 1 = 7.389" in printed and "v2 = maximum(3, x) = 3" in printed and "− 8 =" in printed
    assert printed.count("  in ") == 1 and "x gets g · 7.389 = 1 · 7.389 = 7.389" in printed


def test_letters_as_the_parser_reads_them(capsys):
    assert main(["explain", "ﬁ * λ", "fi=2", "λ=3"]) == 0           # the first is a ligature
    assert " = 6\n" in capsys.readouterr().out


def test_numbers_too_long_to_be_read_are_counted(capsys):
    assert main(["explain", "a**40 + a", f"a={'7' * 80}"]) == 0
    printed = capsys.readouterr().out
    assert "digits)" in printed and max(map(len, printed.splitlines())) < 400
