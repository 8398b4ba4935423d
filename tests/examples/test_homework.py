"""examples/homework/grade.py grades a class, and stands whole in docs/teaching.md."""

import contextlib
import csv
import io
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import minigrad

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "examples" / "homework" / "grade.py"
ADA = """\
import numpy as np


def backprop(weights, biases, x, y):
    a = [x]
    for w, b in zip(weights, biases):
        z = a[-1] @ w.T + b
        a.append(np.maximum(z, 0))
    p = np.exp(z - z.max(1, keepdims=True))
    d = p / p.sum(1, keepdims=True)
    d[np.arange(len(y)), y] -= 1
    d /= len(y)
    db, dw = [], []
    for i in reversed(range(len(weights))):
        dw.insert(0, d.T @ a[i])
        db.insert(0, d.sum(0))
        d = d @ weights[i] * (a[i] > 0)
    return db, dw
"""
MEAN = "    d /= len(y)\n"


@pytest.mark.skipif(sys.platform == "win32", reason="the limits are those of POSIX")
def test_a_class(tmp_path):
    submissions = {
        "ada": ADA, "ben": ADA.replace(" * (a[i] > 0)", ""), "cyd": ADA.replace(MEAN, "    while True:\n        pass\n"),
        "dan": ADA.replace(MEAN, "    np.ones((1 << 18, 1 << 15))\n"), "eve": "def backprop(weights",
        "fay": ADA.replace(MEAN, "    import time\n    time.sleep(600)\n"),
        "gus": ADA.replace(MEAN, "    import os\n    os._exit(0)\n"),
        "hal": ADA.replace("return db, dw", "return dw, db"), "ida": ADA.replace(MEAN, ""), "jon": "x = 1\n",
        "kit": ADA.replace(MEAN, "    import os, sys\n    open(sys.argv[3], 'w').write('{')\n    os._exit(0)\n")}
    for name, text in submissions.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    paths = os.pathsep.join(path for path in (str(Path(minigrad.__file__).parents[1]), os.environ.get("PYTHONPATH")) if path)
    done = subprocess.run([sys.executable, SCRIPT, tmp_path, "--seconds", "3"], capture_output=True, text=True, check=True,
                          env={**os.environ, "PYTHONPATH": paths}, timeout=240)
    results = tmp_path / "results"
    with open(results / "grades.csv", newline="", encoding="utf-8") as file:
        rows = {row["name"]: (int(row["points"]), row["mistakes"]) for row in csv.DictReader(file)}
    assert list(rows) == sorted(submissions) and len(done.stdout.splitlines()) == len(submissions)
    assert rows["ada"] == (6, "") and rows["ben"] == (2, "missing mask")
    assert rows["cyd"] == (0, "more than 3 seconds of computing") and rows["fay"] == (0, "not done after 6 seconds")
    assert rows["dan"][0] == 0 and "backprop raised MemoryError" in rows["dan"][1] and "(line 12 of dan.py" in rows["dan"][1]
    assert rows["eve"] == (0, "no result (exit code 1): SyntaxError: '(' was never closed")
    assert rows["gus"] == (0, "no result (exit code 0)")
    assert rows["hal"] == (0, "db and dw swapped") and rows["ida"] == (1, "missing 1/N")
    assert rows["jon"][1].endswith("AttributeError: module 'jon' has no attribute 'backprop'")
    assert rows["kit"] == (0, "a result that is no JSON: look at what this submission does")
    assert not (tmp_path / "__pycache__").exists()
    assert "look again at: delta_z = delta_a * 1[z > 0], at every relu" in (results / "ben.txt").read_text(encoding="utf-8")
    assert [row["points"] for row in json.loads((results / "ada.json").read_text(encoding="utf-8"))] == [2, 3, 1]


def test_the_page_shows_it_whole():
    page = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")
    assert f"```py\n{SCRIPT.read_text(encoding='utf-8')}```\n" in page
    assert "**This is no sandbox.**" in page


def test_the_page_prints_what_the_report_says():
    page = (ROOT / "docs" / "teaching.md").read_text(encoding="utf-8")
    namespace = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(page.partition("```python\n")[2].partition("```")[0], namespace)
    assert "\n" + textwrap.indent(str(namespace["report"]), "    ") + "\n" in page
