"""Anomaly mode names the user's line where NaN began. What it notices of writes: test_held_arrays.py.

test_choice.py runs this file on the other graph (plain or compiled) too.
"""

import numpy as np
import pytest

import minigrad as mg
from minigrad import graph

from .samples import here, leaf, towers


def test_anomaly_mode_names_the_forward_line():
    x = leaf([-1.0, 2.0])
    with mg.anomaly_mode(), pytest.raises(RuntimeError, match=r"\[log\] the result contains NaN") as error:
        line = here(); mg.log(x)  # noqa: E702
    assert line in str(error.value) and "in test_anomaly_mode_names_the_forward_line" in str(error.value)
    assert np.isnan(mg.log(x).data[0])                              # outside the mode NaN is a number like any other


def test_anomaly_mode_names_the_line_of_a_bad_gradient():
    x, zeros = leaf([1.0, 4.0]), mg.zeros(2, dtype=np.float64)
    with mg.anomaly_mode():
        line = here(); y = x * zeros  # noqa: E702
        z = mg.sqrt(y).sum()                                        # inf * 0 on the way back
        with pytest.raises(RuntimeError,
                           match=r"\[mul\] its gradient contains NaN; the forward operation stood") as error:
            z.backward()
    assert line in str(error.value) and x.grad is None


def test_anomaly_mode_under_create_graph():
    """The gradient is recorded too, and its own operation is the first to meet the NaN."""
    x, zeros = leaf([1.0, 4.0]), mg.zeros(2, dtype=np.float64)
    with mg.anomaly_mode():
        z = mg.sqrt(x * zeros).sum()
        with pytest.raises(RuntimeError,
                           match=r"\[pick_mul\] the result contains NaN \(at .*test_anomaly_mode_under_create_graph"):
            z.backward(create_graph=True)


def test_anomaly_mode_passes_what_is_sound():
    x = leaf([1.0, 4.0])
    with mg.anomaly_mode():
        first, second = mg.split(mg.sqrt(x), 2)
        (first * second).sum().backward(create_graph=True)
    np.testing.assert_allclose(x.grad.detach().numpy(), [1.0, 0.25])


def test_anomaly_mode_with_several_outputs():
    x = leaf([-1.0])
    with mg.anomaly_mode(), pytest.raises(RuntimeError, match=r"\[towers\] the result contains NaN"):
        t = mg.log(mg.Tensor([-1.0])) + x.detach()
        t.requires_grad_()
        towers(t)


def test_user_line_is_the_first_outside_the_package():
    line = here(); found = graph.user_line()  # noqa: E702
    assert found.startswith(line) and found.endswith("in test_user_line_is_the_first_outside_the_package")
