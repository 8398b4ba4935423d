"""A part of the outside suites in every run; all of them by `python -m tests.outside`."""

from pathlib import Path

import pytest

from . import hips, report, tinygrad_ops, torch_op_db

PAGE = (Path(__file__).parents[2] / "docs" / "outside.md").read_text(encoding="utf-8")
ENTRIES = ("add", "matmul", "sum", "cumsum", "linalg.solve", "fft.rfft", "nn.functional.conv2d", "nn.functional.cross_entropy",
           "max.reduction_with_dim", "split", "gather")


def expected(names):
    """Those of them that docs/outside.md does not list."""
    return {name for name in names if f"- `{name}`:" not in PAGE}


def test_hips_autograd():
    names = sorted({name for name, *_ in hips.lines()})
    assert len(names) > 350
    outcomes = hips.run(expected(names[::3]))
    assert [outcome for outcome in outcomes if outcome.why] == []


def test_tinygrad():
    pytest.importorskip("torch")
    names = sorted({name for name, *_ in tinygrad_ops.lines()})
    assert len(names) > 350
    outcomes = tinygrad_ops.run(expected(names[::6]))
    assert [outcome for outcome in outcomes if outcome.why] == []


def test_pytorchs_operator_database():
    pytest.importorskip("torch")
    outcomes = torch_op_db.run(expected(ENTRIES), count=3)
    assert outcomes and [outcome for outcome in outcomes if outcome.why] == []


def test_the_page_counts_what_passes():
    rows = [line.split("|") for line in PAGE.splitlines() if line.startswith("| ") and "%" in line]
    good = {row[1].strip(): (int(row[2]), int(row[3].split("(")[0])) for row in rows}
    assert good["PyTorch's operator database"][1] >= 300
    assert all(passed >= 0.95 * cases for name, (cases, passed) in good.items() if "PyTorch" not in name)
    assert "| suite | cases | pass |" in report.HEAD
