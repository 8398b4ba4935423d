"""MINIGRAD_SHOW_FALLBACKS names what the native table leaves to numpy."""

import os
import subprocess
import sys

import pytest

from minigrad import kernels

USE = """
import numpy as np
import minigrad as mg
x = mg.tensor(np.ones((2, 3), np.float32))
for _ in range(2):
    x.exp(); x.sin(); x.T.reshape(6); x.astype("float64").exp()
mg.batch_norm(x.astype("float64"), np.ones(3), np.ones(3))
mg.nn.BatchNorm1d(3)(x)
w = mg.nn.Parameter(np.ones((3, 2)))
optimizer = mg.optim.Adam([w])
(x.astype("float64") @ w).sum().backward()
optimizer.step()
"""


@pytest.mark.skipif("native" not in kernels.available(), reason="no native kernels here")
def test_what_runs_on_numpy_is_named_once():
    environment = os.environ | {"MINIGRAD_SHOW_FALLBACKS": "1"}
    done = subprocess.run([sys.executable, "-c", USE], env=environment, capture_output=True, text=True, check=True)
    lines = done.stderr.splitlines()
    assert len(lines) == len(set(lines))
    assert "minigrad: sin runs on numpy for (float32 (2, 3))" in lines
    assert "minigrad: exp runs on numpy for (float64 (2, 3))" in lines
    assert any(line.startswith("minigrad: batch_norm runs on numpy for (float64") for line in lines)
    assert not any("exp runs on numpy for (float32" in line or "reshape" in line for line in lines)
    assert not any("running_update" in line for line in lines)              # it calls native kernels
    adam = [line for line in lines if "adam_step" in line]
    assert len(adam) == 1 and adam[0].startswith("minigrad: adam_step runs on numpy for ([1 of float64 (3, 2)], [1 of")
    environment["MINIGRAD_SHOW_FALLBACKS"] = "0"
    assert subprocess.run([sys.executable, "-c", USE], env=environment, capture_output=True, text=True).stderr == ""
