"""The registry: nothing is forgotten, nothing is listed by hand."""

import inspect
import re

import numpy as np
import pytest

import minigrad as mg
from minigrad import ops
from minigrad.graph import record
from minigrad.ops import aliases, numpy_protocol, shape
from minigrad.tensor import Tensor, lift
from minigrad.testing import operations, suite
from minigrad.testing.operations import describe, descriptions, discover
from minigrad.testing.operations.inputs import unary


def twice_rule(k, g, need):
    return (k.mul(g, 2),)


def twice(a):
    a = lift(a)
    return record(a.k, a.k.mul(a.data, 2), (a,), twice_rule)


@pytest.fixture
def added(monkeypatch):
    """An operation that was added to minigrad.ops.shape today."""
    monkeypatch.setattr(twice, "__module__", shape.__name__)
    monkeypatch.setattr(shape, "twice", twice, raising=False)
    monkeypatch.setattr(operations, "_descriptions", dict(operations._descriptions))


def test_what_is_public_and_what_records_is_discovered():
    found = discover()
    assert {"add", "argmax", "zeros", "relu"} <= found.keys()                                   # public
    assert {"put", "sum_to", "conv2d_weight_grad", "max_pool2d_scatter"} <= found.keys()        # adjoints record
    assert not {"conv2d_rule", "pair_of", "as_shape", "lift", "getitem_rule"} & found.keys()    # rules and helpers do not
    public = {name for name in ops.__all__ if inspect.isfunction(getattr(mg, name))}
    assert public - found.keys() - aliases.FUNCTIONS.keys() <= {"differentiable_kernels"}


def test_a_new_operation_fails_until_it_is_described(added):
    assert discover()["twice"] is twice
    message = r"\[twice\] .* add describe\('twice', ...\) to minigrad/testing/operations/shape.py"
    with pytest.raises(ValueError, match=message):
        descriptions()
    with pytest.raises(ValueError, match=message):
        suite.check_operation("twice")
    describe("twice", unary(), lambda a: 2 * a, lambda torch, a: 2 * a)
    suite.check_operation("twice", 5)
    assert "twice" in descriptions()


def test_a_new_operation_that_is_wrong_is_caught(added, monkeypatch):
    describe("twice", unary(), lambda a: 2 * a, lambda torch, a: 2 * a)
    monkeypatch.setitem(twice.__globals__, "twice_rule", lambda k, g, need: (k.mul(g, 2.002),))
    with pytest.raises(AssertionError, match=r"the gradient is"):
        suite.check_operation("twice", 5, aspects=["first"])


def test_two_operations_of_one_name(added, monkeypatch):
    def add(a):
        return record(a)

    monkeypatch.setattr(add, "__module__", shape.__name__)
    monkeypatch.setattr(shape, "add", add, raising=False)
    with pytest.raises(ValueError, match="two operations are called add: "):
        discover()


def test_every_operator_and_method_of_tensor_is_a_discovered_operation():
    """What ops attaches to Tensor comes from these tables, and the rest is written in tensor.py."""
    found = {inspect.unwrap(f) for f in discover().values()}
    attached = {*ops.OPERATORS.values(), *ops.COMPARISONS.values(), *numpy_protocol.UFUNCS.values()}
    assert {inspect.unwrap(f) for f in attached} - {lift} <= found     # np.positive is lift
    wrappers = {"reshape", "transpose"}
    for name, member in vars(Tensor).items():
        member = member.fget if isinstance(member, property) else member
        if not inspect.isfunction(member) or member.__module__ in (Tensor.__module__, mg.__name__):
            continue
        if inspect.unwrap(member) in found:
            continue
        operator = re.fullmatch(r"__[ri]?(\w+)__", name)
        word = operator[1] if operator else name
        assert (word in wrappers or name.strip("_") in ops.OPERATORS
                or {word, word.removeprefix("r"), word.removeprefix("i")} & ops.OPERATORS.keys()
                or word in ops.COMPARISONS or name in ("__pos__", "__divmod__", "__rdivmod__", "__round__", "at",
                                                       "differentiable_kernels", *aliases.METHODS, *aliases.FUNCTIONS)
                or name.removesuffix("_") in aliases.IN_PLACE
                or name.startswith("__array_")
                or member.__module__ in ("minigrad.assignment", "minigrad.escape", "minigrad.hooks", "minigrad.exchange",
                                          "minigrad.ops.tensor_methods")), name


def test_describe_refuses_what_would_go_unexplained():
    with pytest.raises(ValueError, match="add: give either torch= or the reason"):
        describe("add", unary(), np.add)
    with pytest.raises(ValueError, match="add: give either torch= or the reason"):
        describe("add", unary(), np.add, "add", without={"torch": "no such thing"})
    with pytest.raises(ValueError, match=r"there are no aspects \['third'\] to leave out"):
        describe("add", unary(), np.add, "add", without={"third": "nobody needs it"})
    with pytest.raises(ValueError, match=r"there is no operation 'addd': there are abs, .*\badd, "):
        describe("addd", unary(), np.add, "add")


@pytest.mark.parametrize("name", descriptions())
def test_descriptions_can_be_told_apart(name):
    """... by what they are about: failures, and the tests to paste, name it."""
    about = [d.about for d in descriptions(name)[name]]
    assert len(set(about)) == len(about)
