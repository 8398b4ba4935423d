"""What to keep in a suite: every test here is fuzzed by pytest, 25 examples unless told otherwise.

    pytest examples/custom_op --gradfuzz-examples=500
"""

import numpy as np
import pytest
from operations import COMPILER, swish, variance

from minigrad.testing import gradfuzz
from minigrad.testing.strategies import arrays, shapes

test_variance = gradfuzz(variance, inputs=(arrays(shape=shapes(min_dims=1, min_side=1)),), oracle=lambda x: x.var(-1))


@pytest.mark.skipif(COMPILER is None, reason="the kernel needs a C compiler")
@gradfuzz(oracle=lambda x: x / (1 + np.exp(-x)), checks=("forward", "gradient", "dtype", "layout", "aliasing", "devices"))
def test_swish(x):
    return swish(x)
