"""The mutation test: twenty wrong rules and ten wrong kernels are planted one by one, and the public suites find each.

`python -m tests.mutants` prints the table: mutant | caught by | what it said. The same cases pass without the mutants:
tests/ops/test_every_operation.py and tests/testing/kernels/test_parity.py draw as many from the same seed.
"""

import numpy as np
import pytest

import minigrad as mg
from minigrad.kernels import threads
from minigrad.testing.kernels.parity import ParityError, check_kernel
from minigrad.testing.suite import check_operation

from . import wrong_kernels, wrong_rules
from .wrong_kernels import WRONG_KERNELS
from .wrong_rules import WRONG_RULES

RULE_EXAMPLES, KERNEL_EXAMPLES, SEED = 12, 60, 0     # as in the two suites: there the same cases pass without the mutants


def check_rule(mutant):
    check_operation(mutant.operation, examples=RULE_EXAMPLES, seed=SEED, aspects=("first", "second"))


def check_table(name, table):
    check_kernel(name, examples=KERNEL_EXAMPLES, seed=SEED, table=table)


def test_there_are_twenty_and_ten():
    assert len({m.mistake for m in WRONG_RULES}) == 20 and len({mistake for mistake, _, _ in WRONG_KERNELS}) == 10


@pytest.mark.parametrize("mutant", WRONG_RULES, ids=[m.mistake for m in WRONG_RULES])
def test_wrong_rule_is_caught(mutant):
    with wrong_rules.planted(mutant), pytest.raises(AssertionError):
        check_rule(mutant)


@pytest.mark.parametrize("name, method", [m[1:] for m in WRONG_KERNELS], ids=[m[0] for m in WRONG_KERNELS])
def test_wrong_kernel_is_caught(name, method):
    if method is wrong_kernels.sum_to_by_thread and threads.native() is None:
        pytest.skip("the C++ extension is not built here, so there is one thread only")
    with pytest.raises(ParityError, match=rf"^\[{name}\]"):
        check_table(name, wrong_kernels.planted(name, method))


def test_planted_for_all_who_hold_the_function_and_gone_afterwards():
    """For a node that was recorded before, too; other threads and later tests see the right one."""
    mutant = next(m for m in WRONG_RULES if m.operation == "linear")
    x, w = mg.Tensor(np.ones((2, 3))), mg.Tensor(np.ones((1, 3)), requires_grad=True)
    y = mg.linear(x, w).sum()
    with wrong_rules.planted(mutant):
        y.backward(retain_graph=True)
    np.testing.assert_allclose(w.grad.numpy(), 2.002, rtol=1e-12)
    w.grad = None
    y.backward()
    assert w.grad.numpy().tolist() == [[2, 2, 2]]


def test_a_function_that_is_gone_is_an_error():
    gone = WRONG_RULES[0]._replace(function="ops.elementwise:no_such_thing")
    with pytest.raises(AttributeError, match="no_such_thing"), wrong_rules.planted(gone):
        pass
