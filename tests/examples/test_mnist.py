"""examples/mnist.py runs from end to end, on whatever data there is."""

import os
import re
import subprocess
import sys
from pathlib import Path

import minigrad

ROOT = Path(__file__).parents[2]


def test_quick(tmp_path):
    package = Path(minigrad.__file__).parents[1]
    paths = os.pathsep.join(path for path in (str(package), os.environ.get("PYTHONPATH")) if path)
    environment = {**os.environ, "PYTHONPATH": paths, "MINIGRAD_DATA": str(tmp_path), "MINIGRAD_MIRRORS": ""}
    command = [sys.executable, ROOT / "examples" / "mnist.py", "--quick", "--out", tmp_path / "o"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment, cwd=tmp_path)
    lines = done.stdout.splitlines()
    assert sum(line.startswith("epoch ") for line in lines) == 2
    assert re.fullmatch(r"test accuracy 0\.[89]\d{3} \((mnist|synthetic digits)\)", lines[-1])
    assert {path.name for path in (tmp_path / "o").iterdir()} == {"weights.safetensors", "curves.png"}
