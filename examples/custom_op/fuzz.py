"""Fuzz three operations of one's own: a wrong one, and the smallest case that shows it, then two right ones.

    python examples/custom_op/fuzz.py               100 examples each: some seconds
    python examples/custom_op/fuzz.py --quick       25 examples each

For each operation hypothesis draws shapes, values and memory layouts. Every example is compared with a numpy oracle, its
gradient with finite differences, and again in float32, in other memory orders and on every device. When something
differs, hypothesis looks for a smaller case that differs too. What remains is printed as a test to paste into your suite.

wrong_variance divides its gradient by the number of rows, where the length of a row was meant. On a square matrix that is
the same, so the test that most of us would write by hand passes.
"""

import argparse

import numpy as np
from operations import COMPILER, swish, variance, wrong_variance

from minigrad.testing import gradcheck, gradfuzz
from minigrad.testing.strategies import arrays, shapes

arguments = argparse.ArgumentParser(description=__doc__, allow_abbrev=False,
                                    formatter_class=argparse.RawDescriptionHelpFormatter)
arguments.add_argument("--examples", type=int, default=100, help="how many cases to try for each operation")
arguments.add_argument("--quick", action="store_true", help="25 examples")
args = arguments.parse_args()
examples = 25 if args.quick else args.examples

# Data: matrices of 1 to 4 rows and columns. Operations: see operations.py.
matrices = (arrays(shape=shapes(min_dims=2, max_dims=2, min_side=1)),)

# The wrong one. A test by hand, on a square matrix, passes:
gradcheck(wrong_variance, np.array([[1.0, 2.0], [3.0, 5.0]]))
print("wrong_variance  gradcheck on a 2 x 2 matrix: passed")

# ... but not the fuzzer.
try:
    gradfuzz(wrong_variance, inputs=matrices, oracle=lambda x: x.var(-1), examples=examples)()
except AssertionError as error:
    print(f"wrong_variance  gradfuzz: {error}\n")
    print(f"The smallest case, as a test to paste:\n\n{error.as_test}")
else:
    raise SystemExit("wrong_variance was not caught: try more --examples")

# The right ones. A kernel in C has no second derivative, so that check is left out.
gradfuzz(variance, inputs=matrices, oracle=lambda x: x.var(-1), examples=examples)()
print(f"variance        gradfuzz: {examples} examples passed")
if COMPILER:
    gradfuzz(swish, oracle=lambda x: x / (1 + np.exp(-x)), examples=examples,
             checks=("forward", "gradient", "dtype", "layout", "aliasing", "devices"))()
    print(f"swish           gradfuzz: {examples} examples passed")
else:
    print("swish           skipped: its kernel needs a C compiler (cc, gcc or clang)")
