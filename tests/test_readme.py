"""The README tells the truth: its Python runs and prints what stands beside it, its commands are those that CI runs."""

import contextlib
import io
import re
from pathlib import Path

import pytest

import minigrad

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", README, flags=re.M | re.S)
COMMANDS = re.findall(r"^```sh\n(.*?)\n```$", README, flags=re.M | re.S)
PRINTED = re.compile(r"^print\(.*\) +# (.+)$", flags=re.M)


def test_the_python_blocks_run_in_order_and_print_what_they_say(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {}
    assert len(BLOCKS) >= 4
    for i, block in enumerate(BLOCKS):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            exec(compile(block, f"README.md, Python block {i + 1}", "exec"), namespace)
        assert block.count("print(") == len(PRINTED.findall(block)), f"block {i + 1} prints without saying what"
        assert output.getvalue().splitlines() == PRINTED.findall(block)


def test_there_are_two_commands_one_line_each():
    assert len(COMMANDS) == 2
    for command in COMMANDS:
        assert command.startswith("python3 -m venv .venv && . .venv/bin/activate && pip install ")
        assert "\n" not in command
    assert COMMANDS[0].endswith("pip install . && minigrad train mnist")


def test_the_core_is_as_long_as_it_says():
    """The files that it calls an afternoon's reading are there, and have that many lines, give or take a tenth."""
    paragraph, = re.findall(r"^\*\*The core.*?\n\n", README, flags=re.M | re.S)
    number = README[:README.index(paragraph)].count("\n") + 1
    said = int(re.search(r"about ([\d,]+) lines", paragraph)[1].replace(",", ""))
    files = re.findall(r"`([\w/]+\.py)`", paragraph)
    lines = sum(len((ROOT / "minigrad" / file).read_text(encoding="utf-8").splitlines()) for file in files)
    assert len(files) == 12
    assert abs(lines - said) <= said / 10, (f"README.md, line {number}, says about {said:,} lines, but {', '.join(files)} have "
                                            f"{lines:,}: write about {round(lines, -2):,} there")


def test_ci_runs_the_test_command_as_it_stands():
    ci = ROOT / ".ci" / "run"
    if not ci.exists():
        pytest.skip("this copy of the sources has no .ci folder")
    assert f"TEST_COMMAND='{COMMANDS[1]}'" in ci.read_text(encoding="utf-8").splitlines()


def test_every_file_that_it_names_is_there():
    links = re.findall(r"\]\(([^):]+)\)", README)
    files = re.findall(r"`((?:ops|kernels|csrc|tests|minigrad)/[\w./]*|[a-z]+/|[a-z]+\.py)`", README)
    assert len(links) >= 4 and len(files) >= 15
    for name in links + files:
        assert (ROOT / name).exists() or (ROOT / "minigrad" / name).exists(), f"the README names {name}"


def test_the_changelog_knows_this_version():
    assert f"\n## {minigrad.__version__} " in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
