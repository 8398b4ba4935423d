"""`minigrad gradcheck`: what it prints, what it writes, how it ends."""

import re
import sys
from functools import wraps

import pytest

from minigrad import cli, rules


def run(*words):
    """main's exit code, argparse's included."""
    try:
        return cli.main(["gradcheck", *map(str, words)])
    except SystemExit as leave:
        return leave.code


def test_all_right(capsys):
    assert run("--ops", "add,argmax", "--examples", 2) == 0
    out, err = capsys.readouterr()
    assert err == "" and out.count("\n") == 1
    assert "cases of 2 operations, all right, in" in out


def test_the_table(tmp_path, capsys):
    file = tmp_path / "table.md"
    file.write_text("an older one")
    assert run("--ops", "argmax", "--examples", 2, "--aspects", "forward,first", "--table", file) == 0
    assert file.read_text(encoding="utf-8").splitlines()[:3] == [
        "| operation | forward | first order |", "|---|--:|--:|", "| `argmax` | 2 | (1) |"]
    assert [path.name for path in tmp_path.iterdir()] == ["table.md"]


def test_a_table_that_cannot_be_written(tmp_path, capsys):
    """Found before the work, not after it."""
    (tmp_path / "file").write_text("")
    assert run("--ops", "neg", "--examples", 1, "--table", tmp_path / "file" / "table.md") == 1
    out, err = capsys.readouterr()
    assert out == "" and re.fullmatch(r"minigrad: \[Errno \d+\] .*: '.*table\.md'\n", err)


def test_a_failure_shows_both_numbers_and_a_test_to_paste(monkeypatch, capsys):
    monkeypatch.setattr(rules, "sin", wraps(rules.sin)(lambda k, g, need, a: (k.mul(g, k.neg(k.cos(a))),)))
    assert run("--ops", "sin", "--examples", 5, "--aspects", "first") == 1
    out = capsys.readouterr().out
    assert "sin, first\nGradientError: " in out and "the gradient is" in out
    assert "def test_sin_smallest_case():" in out
    assert out.splitlines()[-1].endswith("2 failed, as above")          # of real and of complex numbers


def test_list(capsys):
    assert run("--list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("conv2d ") and "padding='same'" in line for line in lines) and len(lines) > 60


@pytest.mark.parametrize("words, message", [
    (["--ops", "convolve"], "there is no operation convolve: minigrad gradcheck --list names them all"),
    (["--aspects", "third"], "expected some of forward,first,second,nothing,integers,native,torch, found 'third'"),
    (["--examples", "0"], "expected a whole number, 1 or more, found '0'"),
    (["--profile", "thorough"], "invalid choice: 'thorough'")])
def test_wrong_usage(words, message, capsys):
    assert run(*words) == 2
    assert message in capsys.readouterr().err


def test_without_hypothesis(monkeypatch, capsys):
    for name in [name for name in sys.modules if name.startswith(("hypothesis", "minigrad.testing"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    monkeypatch.delattr("minigrad.testing", raising=False)
    assert run("--ops", "add") == 1
    err = capsys.readouterr().err
    assert "pip install 'minigrad-engine[testing]'" in err and err.count("\n") == 1


def test_help_teaches(capsys):
    assert run("--help") == 0
    out = capsys.readouterr().out
    assert "minigrad gradcheck --profile nightly --jobs 2" in out and "Exit code" in out
