"""ctc_loss against PyTorch's, through a log_softmax; what does not fit; errors."""

import re

import numpy as np
import pytest

import minigrad as mg

RNG = np.random.default_rng(0)
Z = RNG.standard_normal((12, 3, 5))
TARGET = np.array([[1, 2, 2, 4], [3, 3, 0, 0], [1, 0, 0, 0]])
GIVEN, WANTED = np.array([12, 9, 7]), np.array([4, 2, 0])


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("form", ["padded", "in a row", "one", "too short"])
def test_against_pytorch(form, reduction, device):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    z, target, given, wanted = Z, TARGET, GIVEN, WANTED
    if form == "in a row":
        target = np.array([1, 2, 2, 4, 3, 3])
    elif form == "one":
        z, target, given, wanted = Z[:, 0], TARGET[0], np.array(12), np.array(4)
    elif form == "too short":
        given = np.array([4, 9, 7])
    x, tx = mg.tensor(z, requires_grad=True), torch.tensor(z, requires_grad=True)
    y = mg.ctc_loss(mg.log_softmax(x, -1), target, given, wanted, reduction=reduction, zero_infinity=form == "too short")
    ty = torch.nn.functional.ctc_loss(torch.log_softmax(tx, -1), *map(torch.tensor, (target, given, wanted)),
                                      reduction=reduction, zero_infinity=form == "too short")
    y.sum().backward(), ty.sum().backward()
    np.testing.assert_allclose(y.detach().numpy(), ty.detach().numpy(), rtol=1e-9)
    np.testing.assert_allclose(x.grad.numpy(), tx.grad.numpy(), rtol=1e-7, atol=1e-12)


def test_where_nothing_fits_the_loss_is_infinite_and_the_gradient_0():
    x = mg.tensor(Z[:, :1], requires_grad=True)
    loss = mg.ctc_loss(mg.log_softmax(x, -1), TARGET[:1], [4], [4], reduction="none")     # 2, 2 needs a blank between
    loss.backward(np.ones(1))
    assert loss.tolist() == [np.inf] and not x.grad.numpy().any()


@pytest.mark.parametrize("change, error, text", [
    ({"logp": np.zeros(3)}, ValueError, "[ctc_loss] expected log-probabilities (T, N, C) or (T, C), found (3,)"),
    ({"blank": 5}, ValueError, "[ctc_loss] blank must be one of the classes 0..4, found 5"),
    ({"input_lengths": [13, 9, 7]}, ValueError, "[ctc_loss] input_lengths must be 1 to 12, the steps of logp (12, 3, 5)"),
    ({"input_lengths": [12, 9]}, ValueError, "[ctc_loss] input_lengths must have one number for each of the 3 sequences"),
    ({"target_lengths": [1.0, 2, 3]}, TypeError, "[ctc_loss] target_lengths must be integers, found float64"),
    ({"target_lengths": [5, 2, 0]}, ValueError, "[ctc_loss] a target (3, 4) does not hold 3 sequences of [5, 2, 0] classes"),
    ({"target": TARGET + 1}, ValueError, "[ctc_loss] the target has classes from 0 to 5, expected 0..4"),
    ({"target": TARGET * 1.0}, TypeError, "[ctc_loss] the target must be integer classes, found float64"),
    ({"reduction": None}, ValueError, "[ctc_loss] reduction must be one of mean, sum, none, found None"),
])
def test_errors(change, error, text):
    options = {"logp": Z, "target": TARGET, "input_lengths": GIVEN, "target_lengths": WANTED} | change
    with pytest.raises(error, match=re.escape(text)):
        mg.ctc_loss(**options)
