"""The usual case of elementwise operations: what is recorded, and what is handed on as it is."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import kernels, rules
from minigrad.graph import OUT, binary, unary

A, B = mg.tensor([1.0, 2.0], requires_grad=True), mg.tensor([3.0, 4.0], requires_grad=True)


def handed_on(*given):
    return given


def test_one_operand_is_recorded_with_what_its_rule_saves():
    y = unary(rules.tanh, A, handed_on)
    assert type(y) is mg.Tensor and y.node.rule is rules.tanh and y.node.parents == (A.node,)
    assert y.node.sources == (OUT,) and y.node.saved[0] is y.data
    x = mg.tensor([0.5])
    assert unary(rules.tanh, x, handed_on).node is None


def test_two_operands():
    y = binary(rules.mul, A, B, handed_on)
    assert y.tolist() == [3, 8] and y.node.rule is rules.mul and y.node.sources == (0, 1) and y.node.args == ()
    assert y.node.saved[0] is A.data and y.node.saved[1] is B.data


@pytest.mark.parametrize("s, t", [((2, 3), (3,)), ((3,), (2, 3)), ((2, 1), (1, 3)), ((), (2,)), ((1,), (0,)),
                                  ((4, 1, 2), (3, 1))])
def test_shapes_that_broadcast(s, t):
    a, b = mg.ones(s).requires_grad_(), mg.ones(t).requires_grad_()
    y = binary(rules.add, a, b, handed_on)
    assert y.shape == np.broadcast_shapes(s, t) and y.node.rule is rules.add.of_broadcast and y.node.args == (s, t)
    assert y.node.name == "add"
    y.sum().backward()
    assert a.grad.shape == s and b.grad.shape == t


@pytest.mark.parametrize("number", [2, 0.5])
def test_a_number_on_either_side(number):
    for rule, places in ((rules.mul, "both"), (rules.div, "right"), (rules.pick_mul, "right")):
        y = binary(rule, A, number, handed_on)
        assert y.node.rule is rule.of_number and y.node.saved == () and y.node.args == (number,)
        y = binary(rule, number, A, handed_on)
        assert (y.node.rule is rule.of_number) == (places == "both")
    assert binary(rules.sub, number, A, handed_on).tolist() == [number - 1, number - 2]
    assert binary(rules.maximum, A, number, handed_on).node.sources == (0, 1)


@pytest.mark.parametrize("a", [1.0, 2, [1.0], None, np.ones(2, np.float32), mg.tensor(np.array([1, 2])), mg.Value(1.0)],
                         ids=lambda a: type(a).__name__)
def test_anything_else_is_handed_on(a):
    assert unary(rules.exp, a, handed_on) == (rules.exp, a)
    if type(a) not in (int, float):
        for pair in ((a, A), (A, a), (a, 2), (2.0, a)):
            given = binary(rules.add, *pair, handed_on)
            assert given[0] is rules.add and given[1] is pair[0] and given[2] is pair[1]


def test_pairs_that_do_not_fit_are_handed_on():
    on_numpy = mg.tensor([1.0, 2.0])
    on_numpy.k = type(kernels.table("numpy"))(np)           # another table
    for b in (mg.tensor([1.0, 2.0], dtype=np.float64), mg.ones(3), mg.ones((2, 3)), on_numpy, True, np.float64(2)):
        assert binary(rules.add, A, b, handed_on)[2] is b
