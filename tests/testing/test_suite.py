"""The suite: what is wrong is caught, counted, shrunk and told; the same seed draws the same."""

import dataclasses
from functools import wraps

import numpy as np
import pytest

import minigrad as mg
from minigrad import kernels, rules
from minigrad.kernels.reference import Kernels
from minigrad.testing import suite
from minigrad.testing.operations import descriptions
from minigrad.testing.report import ASPECTS, Failure, Report


@pytest.fixture
def wrong_tanh(monkeypatch):
    """A gradient that is wrong by 0.1 %."""
    right = rules.tanh
    monkeypatch.setattr(rules, "tanh", wraps(rules.tanh)(lambda k, g, need, y: (k.mul(right(k, g, need, y)[0], 1.001),)))


def test_a_wrong_rule_is_caught_in_each_aspect_that_sees_it(wrong_tanh):
    report = suite.run(["tanh"], examples=10)
    failed = {f.aspect for f in report.failures}
    assert not report and {"first"} <= failed
    assert "**2 failed**" in report.table() and "`tanh`" in report.table()
    with pytest.raises(AssertionError, match="the gradient is"):
        suite.check_operation("tanh", 10, aspects=["second"])


def test_the_shrunk_case_is_a_test_to_paste(wrong_tanh):
    failure, _ = suite.run(["tanh"], examples=10, aspects=["second"]).failures         # of real and of complex numbers
    assert "def test_tanh_smallest_case():" in failure.test and "suite.check_case('tanh', ''" in failure.test
    names = {}
    exec(failure.test, names)
    with pytest.raises(AssertionError, match="gradient"):
        names["test_tanh_smallest_case"]()
    args = {}
    exec("import numpy as np\nfrom minigrad.testing.memory import arrange\n" + failure.test.split(":\n", 1)[1]
         .split("    options")[0].strip(), args)
    assert args["args"][0].size == 1            # hypothesis shrank it
    assert str(failure).startswith("tanh, second\nGradientError: ")


def test_the_pasted_test_passes_once_the_rule_is_right():
    suite.check_case("tanh", "", "second", (np.array([0.5]),))


def test_a_kink_on_the_wrong_side_is_caught(monkeypatch):
    """relu'(0): no finite difference can tell, the exact gradient can."""
    monkeypatch.setattr(rules, "relu", wraps(rules.relu)(lambda k, g, need, y: (k.where(k.greater_equal(y, 0), g, 0),)))
    with pytest.raises(AssertionError, match=r"\[kink\] relu.* docs/conventions.md has \[0, 0, 0, 1\]"):
        suite.check_operation("relu", 5, aspects=["first"])


def test_an_error_of_the_operation_itself_is_a_failure(monkeypatch):
    monkeypatch.setattr(rules, "exp", wraps(rules.exp)(lambda k, g, need, y: (k.no_such_kernel(g),)))
    report = suite.run(["exp"], examples=5, aspects=["first"])
    assert "AttributeError" in report.failures[0].message and report.cases


def test_the_same_seed_draws_the_same_cases_in_any_number_of_processes(monkeypatch):
    def drawn(seed):
        seen = []
        monkeypatch.setitem(suite.CHECKS, "first", lambda description, case: seen.append(repr(case.args)))
        suite.check_operation("add", 5, seed, ["first"])
        return seen

    assert drawn(1) == drawn(1) != drawn(2)
    monkeypatch.undo()
    one, two = (suite.run(["add", "sum"], examples=2, aspects=["forward"], jobs=jobs) for jobs in (1, 2))
    assert one.counts == two.counts and one and two


def test_counts_and_progress():
    parts = []
    report = suite.run(["log", "argmax"], examples=3, aspects=["forward", "first"], progress=parts.append)
    assert [list(part.seconds) for part in parts] == [["log"], ["argmax"]]
    assert report.counts == {("log", "forward"): 9, ("log", "first"): 6, ("argmax", "forward"): 3}
    assert report.cases == 18 and report.wall_seconds > 0
    assert report.table().splitlines()[2] == "| `argmax` | 3 | (1) |"
    assert "(1) integers and booleans have no gradient" in report.table()


def test_an_operation_that_does_not_exist():
    with pytest.raises(ValueError, match="there is no operation 'convolve': there are abs, ada"):
        suite.run(["convolve"])


def test_missing_parts_are_reasons(monkeypatch):
    (description,) = descriptions("softmax")["softmax"][:1]
    monkeypatch.setattr(suite, "find_spec", lambda name: None)
    monkeypatch.setattr(suite, "device_names", lambda: ("numpy",))
    assert "PyTorch is not installed" in suite.reason_against(description, "torch")
    assert "native kernels are not in use" in suite.reason_against(description, "native")
    assert [suite.reason_against(description, a) for a in ASPECTS[:3]] == [None] * 3


def test_float64_for_float32_is_caught(monkeypatch):
    right = Kernels.sin
    monkeypatch.setattr(Kernels, "sin", lambda self, a, out=None: right(self, a.astype(np.float64)))
    monkeypatch.setattr(kernels, "default_table_and_reason", lambda: (kernels.table("numpy"), "chosen by the test"))
    with pytest.raises(AssertionError, match=r"\[dtype\]"):
        suite.check_operation("sin", 5, aspects=["forward"])


def test_reports_merge():
    report = Report({("a", "first"): 1}, {("a", "second"): ["why not"]}, {"a": 1.0}, [Failure("a", "first", "", "m", "")])
    report.merge(Report({("b", "first"): 2}, {("b", "second"): ["why"]}, {"b": 2.0}))
    assert report.cases == 3 and not report
    assert report.table().splitlines()[2:] == [
        "| `a` | **1 failed** | (1) |", "| `b` | 2 | (2) |", "| **2 operations, 3 cases** | **3** | **0** |", "",
        "(1) why not  ", "(2) why"]


def test_an_output_that_loses_its_graph_is_caught_in_a_description():
    """Batch norm's running estimates have none on purpose, and their description says so; one that does not is refused."""
    (running,) = (d for d in descriptions("batch_norm")["batch_norm"] if d.about == "running estimates")
    assert running.constant_outputs == (1, 2)
    for aspect in ("first", "second"):
        assert suite.fuzz(running, aspect, 10).error is None
        outcome = suite.fuzz(dataclasses.replace(running, constant_outputs=(1,)), aspect, 10)
        assert "output 2 has no graph" in str(outcome.error)
    (tanh,) = descriptions("tanh")["tanh"][:1]
    outcome = suite.fuzz(dataclasses.replace(tanh, call=lambda x: mg.tanh(x).detach()), "second", 10)
    assert "no output requires grad" in str(outcome.error)
