"""Every exercise is run by one command, and stands in the index; and what that command does where a script fails."""

import importlib.util
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
AGAIN = "write it anew: python examples/run_all.py --quick --index"
SCRIPTS = {
    "right": 'sheet.answer("how | many", 1, 1)',
    "wrong": 'sheet.answer("how many", 1, 2)',
    "raises": 'sheet.answer("one", 1, 1); raise RuntimeError("lost")',
    "silent": "pass",
    "no_data": 'raise DataUnavailable("no file")',
    "killed": "os.kill(os.getpid(), signal.SIGKILL)",
    "published": 'sheet.answer("y", 0, 0, published=-5, because="relu(-5) = 0")',
    "draws": 'sheet.answer("y", 0, 0)\n    with sheet.figure("draws") as f: f.subplots().set_title("a < b")',
    "slow": 'sheet.answer("one", 1, 1); open("started", "w").close(); time.sleep(60)'}


def loaded():
    spec = importlib.util.spec_from_file_location("run_all", EXAMPLES / "run_all.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def run_all(tmp_path, monkeypatch):
    """run_all(names, *arguments) runs main over these scripts, in a folder of examples of their own."""
    module = loaded()
    monkeypatch.setattr(module, "HERE", tmp_path)

    def main(names, *arguments):
        write(tmp_path / "relu_networks", names)
        return module.main(["--quick", *arguments])

    return main


def write(folder, names):
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / f"{name}.py").write_text(
            f'"""{name.upper()}. A problem. More."""\n\nimport os, signal, time\nfrom minigrad.data import DataUnavailable\n'
            f"from minigrad.worksheet import worksheet\n\n\ndef work(sheet):\n    {SCRIPTS[name]}\n\n\nworksheet(work)\n",
            encoding="utf-8")


def test_a_table_of_answers():
    """And those that no rounding is in are the committed ones."""
    command = [sys.executable, EXAMPLES / "run_all.py", "--quick", "--only", "b1,c5"]
    done = subprocess.run(command, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert "| b1 | `python examples/computational_vision/b1.py` | y at x = (0, 3), in integers | 4 | 4 |  |" in done.stdout
    assert re.search(r"\d+ answers of 2 scripts in \d+ s, all right", done.stdout)
    page = (EXAMPLES / "answers.md").read_text(encoding="utf-8").splitlines()
    rows = [line for line in done.stdout.splitlines() if line.startswith(("| b1", "| c5"))]
    assert len(rows) > 20 and not [row for row in rows if row not in page], AGAIN


def test_the_index_has_every_script_and_its_picture():
    page = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    answers = (EXAMPLES / "answers.md").read_text(encoding="utf-8")
    module = loaded()
    scripts = list(module.scripts())
    assert len(scripts) > 20
    for path in scripts:
        place = f"[{path.stem}]({path.parent.name}/{path.name})"
        assert place in page, AGAIN
        after = page.split(place)[1].split("\n[")[0]
        assert 'src="pictures/' in after, f"{path.name} has no picture: {AGAIN}"
        assert f"| {path.stem} | `python examples/{path.parent.name}/{path.name}` |" in answers, AGAIN
    assert "**" not in answers, "an answer is wrong, or a script was not run"
    pictures = re.findall(r'src="pictures/([^"]+)"', page)
    assert sorted(pictures) == sorted(p.name for p in (EXAMPLES / "pictures").iterdir()), AGAIN
    assert "(answers.md)" in page and "(published-mistakes.md)" in page and "(three-pages.md)" in page


def test_the_published_mistakes_are_listed_with_the_reason():
    page = (EXAMPLES / "published-mistakes.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| ")][1:]
    named = [row[0].removeprefix("| ") for row in rows]
    assert {name: named.count(name) for name in ("b1", "b2", "b3", "c4", "c7", "c8")} == {
        "b1": 2, "b2": 2, "b3": 1, "c4": 5, "c7": 1, "c8": 1}, AGAIN
    assert all(len(row) == 6 and row[4].strip() and "python examples/" in row[5] for row in rows), "a reason for each"


def test_scripts_are_short():
    long = [p.name for folder in loaded().SETS for p in (EXAMPLES / folder).glob("*.py")
            if len(p.read_text(encoding="utf-8").splitlines()) > 120]
    assert long == []


def test_all_is_right(run_all, capsys):
    assert run_all(["right", "published"]) == 0
    printed = capsys.readouterr()
    assert "| right | `python examples/relu_networks/right.py` | how \\| many | 1 | 1 |  |" in printed.out
    assert "2 answers of 2 scripts in" in printed.out and "all right" in printed.out
    assert "right: 1 answers" in printed.err


@pytest.mark.parametrize("name, why", [
    ("wrong", "ended with 1: 1 answers, 1 wrong: how many"), ("raises", "RuntimeError: lost"),
    ("silent", "no question was answered"), ("killed", "ended by SIGKILL")])
def test_a_script_that_fails_is_named_with_the_reason(name, why, run_all, capsys):
    assert run_all(["right", name]) == 1
    printed = capsys.readouterr()
    assert f"**{why}**" in printed.out and "1 scripts failed" in printed.out
    assert f"==== {name}.py: {why}" in printed.err
    assert "| right | " in printed.out, "the others are shown all the same"
    if name == "raises":
        assert "Traceback" in printed.err
        assert "| raises | `python examples/relu_networks/raises.py` | one | 1 | 1 |  |" in printed.out


def test_absent_data_are_no_failure(run_all, capsys):
    assert run_all(["right", "no_data"]) == 0
    printed = capsys.readouterr().out
    assert "**its data set is not here**" in printed and "no data set here for no_data: not run" in printed
    assert "1 answers of 1 scripts in" in printed


@pytest.mark.parametrize("name", ["wrong", "no_data"])
def test_no_index_is_written_from_less_than_everything(name, run_all, tmp_path, capsys):
    assert run_all(["right", name], "--index") == 1
    assert "the index was not written: it needs every script" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["relu_networks"]


def test_the_index(run_all, tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "old.png").write_bytes(b"")
    assert run_all(["draws", "published"], "--index") == 0
    assert [p.name for p in (tmp_path / "pictures").iterdir()] == ["draws.png"], "what no script draws any more goes"
    page = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert '<img src="pictures/draws.png" width="400" alt="a &lt; b">' in page
    assert "[draws](relu_networks/draws.py): A problem. (1 answers)" in page
    assert "| published | y | -5 | 0 | relu(-5) = 0 | `python examples/relu_networks/published.py` |" in (
        tmp_path / "published-mistakes.md").read_text(encoding="utf-8")
    assert "| y | 0 | 0 |  |" in (tmp_path / "answers.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("arguments, words", [
    (["--only", "b9"], "there is no script b9: there are right"), (["--jobs", "0"], "--jobs is 0 but expected at least 1"),
    (["--index", "--only", "right"], "leave --only out")])
def test_what_can_not_be_done(arguments, words, run_all, capsys):
    with pytest.raises(SystemExit) as error:
        run_all(["right"], *arguments)
    assert error.value.code == 2 and words in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_ctrl_c_shows_what_was_found_and_leaves_no_process(tmp_path):
    write(tmp_path / "relu_networks", ["right", "slow"])
    (tmp_path / "run_all.py").write_text((EXAMPLES / "run_all.py").read_text(encoding="utf-8"), encoding="utf-8")
    process = subprocess.Popen([sys.executable, "run_all.py", "--quick", "--jobs", "1"], cwd=tmp_path, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for _ in range(2400):
        if (tmp_path / "started").exists():
            break
        time.sleep(.05)
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "| right | `python examples/relu_networks/right.py` | how \\| many | 1 | 1 |  |" in out and "**interrupted**" in out
    assert re.search(r"answers of 2 scripts in \d+ s, interrupted", out)
