"""The mutation test: twenty wrong rules and ten wrong kernels are planted one by one, and the public suites find each.

`python -m tests.mutants` prints the table: mutant | caught by | what it said. The same seeds pass without the mutants.
"""

import pytest

from minigrad.kernels import threads
from minigrad.testing.kernels.parity import ParityError, check_kernel
from minigrad.testing.suite import check_operation

from . import wrong_kernels, wrong_rules
from .wrong_kernels import WRONG_KERNELS
from .wrong_rules import WRONG_RULES

RULE_EXAMPLES, KERNEL_EXAMPLES = 25, 150


def check_rule(mutant):
    check_operation(mutant.operation, examples=RULE_EXAMPLES, seed=0, aspects=("first", "second"))


def check_table(name, table=None):
    check_kernel(name, examples=KERNEL_EXAMPLES, seed=0, table=table or wrong_kernels.Wrong())


def test_there_are_twenty_and_ten():
    assert len({m.mistake for m in WRONG_RULES}) == 20 and len({mistake for mistake, _, _ in WRONG_KERNELS}) == 10


@pytest.mark.parametrize("mutant", WRONG_RULES, ids=[m.mistake for m in WRONG_RULES])
def test_wrong_rule_is_caught(mutant):
    with wrong_rules.planted(mutant), pytest.raises(AssertionError):
        check_rule(mutant)


@pytest.mark.parametrize("operation", sorted({m.operation for m in WRONG_RULES}))
def test_right_rule_passes(operation):
    check_rule(next(m for m in WRONG_RULES if m.operation == operation))


@pytest.mark.parametrize("name, method", [m[1:] for m in WRONG_KERNELS], ids=[m[0] for m in WRONG_KERNELS])
def test_wrong_kernel_is_caught(name, method):
    if method is wrong_kernels.sum_to_by_thread and threads.native() is None:
        pytest.skip("the C++ extension is not built here, so there is one thread only")
    with pytest.raises(ParityError, match=rf"^\[{name}\]"):
        check_table(name, wrong_kernels.planted(name, method))


@pytest.mark.parametrize("name", [m[1] for m in WRONG_KERNELS])
def test_right_kernel_passes(name):
    check_table(name)


def test_a_mutant_of_code_that_changed_is_an_error():
    gone = WRONG_RULES[0]._replace(right="no such thing")
    with (pytest.raises(ValueError, match=r"tanh saves x for y: 'no such thing' stands 0 times in .*tanh, not once"),
          wrong_rules.planted(gone)):
        pass
