"""gradfuzz finds what is wrong, passes what is right, and says how it is to be called."""

import numpy as np
import pytest
from hypothesis import assume
from hypothesis import strategies as st

import minigrad as mg
from minigrad.testing import CheckFailed, GradientError, gradfuzz
from minigrad.testing.fuzzing import CHECKS, profile
from minigrad.testing.strategies import arrays, at, broadcastable, generic, mixed, tensors


@mg.custom_function
def tripled(x):
    return x * 3


@tripled.gradient
def tripled_gradient(g, y, x):
    return g * 3.003            # wrong by 0.1 %


test_multiplication = gradfuzz(mg.mul, oracle=np.multiply)
test_positive_numbers = gradfuzz(mg.log, inputs=(arrays(values=generic(0.5, 3)),), oracle=np.log)
test_sum = gradfuzz(mg.sum, inputs=(arrays(shape=(2, 3)),), options={"axis": st.sampled_from([0, 1, None])}, oracle=np.sum)
test_dot = gradfuzz(mg.matmul, inputs=st.integers(0, 4).flatmap(lambda n: st.tuples(arrays(shape=n), arrays(shape=n))),
                    oracle=np.matmul)
test_integers = gradfuzz(mg.argmax, inputs=(arrays(shape=(2, 3)), st.sampled_from([0, 1])), oracle=np.argmax)
test_tensors_and_float32 = gradfuzz(mg.exp, inputs=tensors(dtype=np.float32), oracle=np.exp)
test_ties = gradfuzz(mg.maximum, inputs=broadcastable(2, values=mixed(at(1, 2), generic())), oracle=np.maximum,
                     checks=("forward", "gradient"))


@gradfuzz(oracle=lambda a, b: a * b + b)
def test_decorator(a, b):
    """A docstring."""
    return a * b + b


@gradfuzz
def test_bare_decorator(a):
    return a * a


@gradfuzz(inputs=(arrays(shape=(2,)),), checks="gradient")
def test_assume(x):
    assume(x.data[0] > 0)
    return mg.log(x[0])


class TestInAClass:
    """pytest collects these three; the factor is an attribute of the object that it makes."""

    factor = 2
    test_a_function = gradfuzz(mg.sin, oracle=np.sin)
    test_a_method_of_another_class = gradfuzz(mg.Tensor.exp, oracle=np.exp)

    @gradfuzz(oracle=lambda a, b: 2 * a * b)
    def test_a_method(self, a, b):
        return self.factor * a * b

    @gradfuzz(inputs=(arrays(shape=(2,)),))
    def wrong(self, x):
        return tripled(x) * self.factor


def test_in_a_class():
    assert TestInAClass.test_a_function.__qualname__ == "TestInAClass.test_sin"
    with pytest.raises(GradientError) as caught:
        TestInAClass().wrong()
    assert f"MethodType({__name__}.TestInAClass.wrong.op, {__name__}.TestInAClass())" in " ".join(caught.value.as_test.split())
    with pytest.raises(TypeError, match=r"\[gradfuzz\] TestInAClass.test_a_method takes self and nothing else, found 0"):
        TestInAClass.test_a_method()
    with pytest.raises(TypeError, match=r"\[gradfuzz\] test_bare_decorator takes no arguments, found 2"):
        test_bare_decorator(1, 2)


def test_operations_that_hold_tensors():
    """Their parameters are on one device: every other check is made, and the test has the name of the class."""
    layer = mg.nn.Linear(3, 2)
    given = dict(inputs=(arrays(shape=(2, 3)),))
    with profile(examples=3):
        gradfuzz(layer, checks=[name for name in CHECKS[1:-1] if name != "devices"], **given)()
    assert gradfuzz(layer, **given).__name__ == "test_Linear"
    with pytest.raises(AssertionError) as caught:
        gradfuzz(lambda x: layer(x) * np.nan, checks="gradient", **given)()
    assert "def test__lambda__smallest_case():" in caught.value.as_test


def test_it_is_a_test_without_arguments():
    assert test_decorator.__name__ == "test_decorator"
    assert test_decorator.__doc__ == "A docstring."
    assert test_decorator.__module__ == __name__
    assert gradfuzz(tripled).__name__ == "test_tripled"
    assert test_decorator.__code__.co_argcount == 0


def test_a_wrong_gradient_carries_a_test_to_paste():
    with pytest.raises(GradientError) as caught:
        gradfuzz(tripled, oracle=lambda x: 3 * x)()
    assert "def test_tripled_smallest_case():" in caught.value.as_test
    assert any(caught.value.as_test in note for note in caught.value.__notes__)
    assert "np.array(" in caught.value.as_test                  # one number is the smallest case
    assert "[" not in caught.value.as_test.split("np.array(")[1].split("\n")[0]


def test_an_operation_that_raises_carries_its_case_too():
    def needs_a_matrix(x):
        if x.ndim < 2:
            raise ValueError("a matrix, please")
        return x * 2

    with pytest.raises(ValueError, match="a matrix, please") as caught:
        gradfuzz(needs_a_matrix)()
    assert "smallest_case" in caught.value.as_test


def test_a_lost_graph_is_an_error():
    with pytest.raises(CheckFailed, match="no output requires grad, though inputs do: the graph is broken"):
        gradfuzz(lambda x: mg.tensor(np.exp(x.detach().numpy())))()


def test_once_differentiable_operations_leave_second_out():
    @mg.custom_function
    def cube(x):
        return x**3

    cube.gradient(mg.once_differentiable(lambda g, y, x: 3 * x**2 * g))
    gradfuzz(cube, checks=[name for name in CHECKS[1:-1] if name != "second"])()
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradfuzz(cube)()


def test_pytorch_is_compared():
    pytest.importorskip("torch", reason="PyTorch, the second oracle, is not installed here")
    import torch

    gradfuzz(mg.exp, torch=torch.exp)()
    with pytest.raises(CheckFailed, match=r"\[torch_parity\] exp.*PyTorch gives"):
        gradfuzz(mg.exp, torch=torch.sin)()


def test_profiles_and_numbers_of_examples():
    seen = []
    test = gradfuzz(lambda x: seen.append(0) or x * x, inputs=(arrays(shape=(3,)),), checks=("dtype",))
    calls = 5               # once to look at the outputs, four times in checks.dtype
    for context, expected in ((profile(), 25), (profile("ci"), 100), (profile("nightly", 9), 9)):
        seen.clear()
        with context:
            test()
        assert len(seen) == expected * calls


def test_ci_draws_the_same_examples_each_time():
    def draws():
        seen = []
        with profile("ci", 5):
            gradfuzz(lambda x: seen.append(x.tolist()) or x * x, inputs=(arrays(shape=(3,)),), checks=("dtype",))()
        return seen

    assert draws() == draws()


@pytest.mark.parametrize(("wrong", "error", "message"), [
    (lambda: gradfuzz(mg.exp, checks=("forward",)), TypeError, r"\[gradfuzz\] the check 'forward' compares with an oracle"),
    (lambda: gradfuzz(mg.exp, checks=("torch_parity",)), TypeError, r"\[gradfuzz\] the check 'torch_parity' compares with"),
    (lambda: gradfuzz(mg.exp, checks=("third",)), ValueError, r"\[gradfuzz\] there is no check 'third': choose among forward"),
    (lambda: gradfuzz(mg.exp, checks=()), ValueError, r"\[gradfuzz\] no check is left to run"),
    (lambda: gradfuzz(mg.exp, inputs=3), TypeError, r"\[gradfuzz\] inputs must be a hypothesis strategy .* found int"),
    (lambda: gradfuzz(mg.exp, inputs=([1, 2],)), TypeError, r"inputs\[0\] is \[1, 2\], a list, but each must be a hypothesis"),
    (lambda: gradfuzz(mg.sum, options={"axis": 0}), TypeError, r"options\['axis'\] is 0, a int, but each .* st.just\(value\)"),
    (lambda: gradfuzz(lambda x=1: x), TypeError, r"\[gradfuzz\] <lambda> has no positional parameter without a default"),
    (lambda: profile("weekly").__enter__(), ValueError, r"\[gradfuzz\] there is no profile 'weekly': choose one of dev, ci"),
])
def test_wrong_arguments(wrong, error, message):
    with pytest.raises(error, match=message):
        wrong()


def test_constant_outputs_are_named():
    def centred(x):
        mean = mg.mean(x)
        return x - mean, mean.detach()

    gradfuzz(centred, constant_outputs=1)()
    with pytest.raises(GradientError, match="output 1 has no graph, though others have"):
        gradfuzz(centred)()
    with pytest.raises(GradientError, match="output 0 is named in constant_outputs, but it has a graph") as caught:
        gradfuzz(centred, constant_outputs=(0, 1))()
    assert "constant_outputs=(0, 1)" in caught.value.as_test.replace("\n", " ")
    gradfuzz(mg.sign, constant_outputs=(0,), inputs=(arrays(shape=(3,)),), oracle=np.sign)()
    with pytest.raises(CheckFailed, match="no output requires grad"):
        gradfuzz(mg.sign, inputs=(arrays(shape=(3,)),))()
