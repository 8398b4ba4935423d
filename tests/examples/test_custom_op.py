"""examples/custom_op: the wrong operation is caught, its printed test fails in the same way, the right ones pass."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import minigrad

FOLDER = Path(__file__).parents[2] / "examples" / "custom_op"
ROOT = Path(minigrad.__file__).parents[1]


def run(folder, *command):
    paths = os.pathsep.join(path for path in (str(ROOT), os.environ.get("PYTHONPATH")) if path)
    environment = {**os.environ, "PYTHONPATH": paths}
    return subprocess.run([sys.executable, *command], capture_output=True, text=True, env=environment, cwd=folder)


def test_the_printed_test_can_be_pasted(tmp_path):
    folder = shutil.copytree(FOLDER, tmp_path / "custom_op")
    done = run(folder, "fuzz.py", "--quick")
    assert done.returncode == 0, done.stderr
    assert "gradcheck on a 2 x 2 matrix: passed" in done.stdout
    assert "variance        gradfuzz: 25 examples passed" in done.stdout
    message = done.stdout.split("gradfuzz: ")[1].splitlines()[0]
    text = done.stdout.split("as a test to paste:\n\n")[1].split("\nvariance  ")[0]
    (folder / "test_pasted.py").write_text(text, encoding="utf-8")
    pasted = run(folder, "-m", "pytest", "-p", "no:cacheprovider", "test_pasted.py")
    assert pasted.returncode == 1
    assert message[:100] in pasted.stdout


def test_its_own_tests_pass(tmp_path):
    folder = shutil.copytree(FOLDER, tmp_path / "custom_op")
    done = run(folder, "-m", "pytest", "-p", "_minigrad_pytest_plugin", "--gradfuzz-examples=5", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout
