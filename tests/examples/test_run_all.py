"""Every exercise is run by one command, and stands in the index."""

import re
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def test_a_table_of_answers():
    command = [sys.executable, EXAMPLES / "run_all.py", "--quick", "--only", "b1,c5"]
    done = subprocess.run(command, text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert "| b1 | `python examples/computational_vision/b1.py` | y at x = (0, 3) | 4 | 4 |  |" in done.stdout
    assert re.search(r"\d+ answers of 2 scripts, all right", done.stdout)


def test_the_index_has_every_script_and_its_picture():
    page = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    scripts = [p for p in EXAMPLES.glob("*/*.py") if "def work(" in p.read_text(encoding="utf-8")]
    missing = [p.name for p in scripts if f"({p.parent.name}/{p.name})" not in page]
    assert scripts and not missing, "write it anew: python examples/run_all.py --quick --index"
    pictures = re.findall(r'src="([^"]+)"', page)
    assert pictures and all((EXAMPLES / p).is_file() for p in pictures)


def test_the_published_mistakes_are_listed():
    page = (EXAMPLES / "published-mistakes.md").read_text(encoding="utf-8")
    for problem in ("b1", "b3", "c4", "c7", "c8"):
        assert re.search(rf"^\| {problem} \|", page, re.M), f"no {problem}: python examples/run_all.py --quick --index"


def test_scripts_are_short():
    long = [p.name for folder in ("relu_networks", "computational_vision", "approximation_backprop", "svm_mnist_alexnet",
                                  "two_layer_and_fashion")
            for p in (EXAMPLES / folder).glob("*.py") if len(p.read_text(encoding="utf-8").splitlines()) > 120]
    assert long == []
