"""Comparisons: booleans, constants of the graph."""

import numpy as np

from minigrad.testing.operations import describe
from minigrad.testing.operations.elementwise import NUMBERS, on_tensors
from minigrad.testing.operations.inputs import INTEGERS, binary, wild, with_number

ORACLES = {"greater": np.greater, "greater_equal": np.greater_equal, "less": np.less, "less_equal": np.less_equal,
           "equal": np.equal, "not_equal": np.not_equal}
for name, oracle in ORACLES.items():
    twin = "eq" if name == "equal" else name
    by_torch = on_tensors(lambda torch, a, b, twin=twin: getattr(torch, twin)(a, b))
    for inputs, about in ((binary(wild), ""), (with_number(NUMBERS, wild), "a number on the right"),
                          (with_number(NUMBERS, wild, left=True), "a number on the left")):
        describe(name, inputs, oracle, by_torch, about=about, without={"first": INTEGERS, "second": INTEGERS})
