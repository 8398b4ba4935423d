"""`profile`: what the native table leaves to numpy, the table for people, what cannot be profiled."""

import re

import numpy as np
import pytest

import minigrad as mg
from minigrad import kernels


def test_a_fallback_is_named():
    if "native" not in kernels.available():
        pytest.skip("no native kernels here")
    x = mg.tensor(np.ones(100, np.float32), device="native")
    found = mg.profile(lambda: mg.sin(x) + 1, steps=2)
    assert found.fallbacks == ["sin"] and "left to numpy: sin" in str(found)
    assert not mg.profile(lambda: mg.exp(x)).fallbacks
    assert mg.profile(lambda: mg.exp(x.astype("float64"))).fallbacks


def test_the_table(device):
    x = mg.randn(64, 64)
    found = mg.profile(lambda a: (a @ a).sum(), x, steps=4)
    text = str(found)
    assert found.steps == 4 and text.startswith(f"{found.seconds / 4 * 1e3:.3f} ms a step, 4 steps\n")
    head, *lines = text.splitlines()[1:]
    assert head.split()[:3] == ["kernel", "on", "calls"] and any(line.split()[0] == "matmul" for line in lines)
    assert re.search(r"everything else\s+python", text)
    shares = [float(m) for m in re.findall(r"([\d.]+) %", text)]
    assert sum(shares) == pytest.approx(100, abs=1)


@pytest.mark.parametrize("step, steps, error, message", [
    (3, 1, TypeError, r"^\[profile\] expected a function that makes one step, found int: profile\(lambda"),
    (lambda: None, 0, ValueError, r"^\[profile\] steps must be an int of at least 1, found 0"),
    (lambda: None, True, ValueError, r"^\[profile\] steps must be an int of at least 1, found True"),
])
def test_what_cannot_be_profiled(step, steps, error, message):
    with pytest.raises(error, match=message):
        mg.profile(step, steps=steps)
