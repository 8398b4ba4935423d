"""Losses as modules: they call their functions with their options, and are printed, saved and refused as PyTorch's are."""

import inspect

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.system.names import LAYERS

RNG = np.random.default_rng(0)
X, Y, V = RNG.standard_normal((3, 5, 4))
CLASSES, SIGNS, P = np.array([3, 0, 1, 1, 2]), np.sign(V), 1 / (1 + np.exp(-V))
W = np.array([1.0, 0.5, 2, 1])

# name -> (options, what it is called with)
CALLS = {
    "L1Loss": ({}, (X, Y)), "MSELoss": ({}, (X, Y)), "HuberLoss": ({"delta": 0.5}, (X, Y)),
    "SmoothL1Loss": ({"beta": 0.5}, (X, Y)), "KLDivLoss": ({"reduction": "batchmean"}, (X, P)),
    "PoissonNLLLoss": ({"log_input": False, "full": True, "eps": 0.1}, (P, V**2)),
    "GaussianNLLLoss": ({"full": True, "eps": 0.1}, (X, Y, V**2)), "BCELoss": ({"weight": W}, (1 - P, P)),
    "BCEWithLogitsLoss": ({"weight": W, "pos_weight": W * 2}, (X, P)),
    "MultiLabelSoftMarginLoss": ({"weight": W}, (X, (P > 0.5) * 1.0)),
    "NLLLoss": ({"weight": W, "ignore_index": 1}, (X, CLASSES)),
    "CrossEntropyLoss": ({"weight": W, "ignore_index": 1, "label_smoothing": 0.1}, (X, CLASSES)),
    "CrammerSingerLoss": ({"margin": 0.5}, (X, CLASSES)), "WestonWatkinsLoss": ({"margin": 0.5}, (X, CLASSES)),
    "MultiLabelMarginLoss": ({}, (X, np.array([[1, 3, -1, 0], [-1, 2, 2, 2], [0, 1, 2, 3], [2, -1, -1, -1], [0, 3, 2, -1]]))),
    "TripletMarginWithDistanceLoss": ({"margin": 0.5, "swap": True}, (X, Y, V)),
    "MultiMarginLoss": ({"p": 2, "margin": 0.5, "weight": W}, (X, CLASSES)), "HingeLoss": ({}, (X, SIGNS)),
    "SquaredHingeLoss": ({}, (X, SIGNS)), "SoftMarginLoss": ({}, (X, SIGNS)),
    "HingeEmbeddingLoss": ({"margin": 0.5}, (X, SIGNS)), "CosineSimilarity": ({"dim": 0, "eps": 0.1}, (X, Y)),
    "PairwiseDistance": ({"p": 1.0, "eps": 0.1, "keepdim": True}, (X, Y)),
    "CosineEmbeddingLoss": ({"margin": 0.2}, (X, Y, SIGNS[:, 0])), "MarginRankingLoss": ({"margin": 0.2}, (X, Y, SIGNS)),
    "CTCLoss": ({"blank": 1, "zero_infinity": True}, (X, [0, 2], 5, 2)),
    "TripletMarginLoss": ({"margin": 0.5, "p": 1.0, "eps": 0.1, "swap": True}, (X, Y, V)),
}
RENAMED = {"dim": "axis", "keepdim": "keepdims"}


def test_every_loss_is_called_here():
    assert CALLS.keys() == set(nn.loss.__all__)


@pytest.mark.parametrize("name", CALLS)
def test_they_are_their_functions(name, device):
    options, args = CALLS[name]
    function = getattr(mg, LAYERS[name]) if LAYERS[name] else nn.functional.triplet_margin_with_distance_loss
    for reduction in ("mean", "sum", "none"):
        if "reduction" in inspect.signature(getattr(nn, name)).parameters:
            options = options | {"reduction": reduction}
        x = mg.tensor(args[0], requires_grad=True)
        y = getattr(nn, name)(**options)(x, *args[1:])
        y.sum().backward()
        expected = function(args[0], *args[1:], **{RENAMED.get(key, key): value for key, value in options.items()})
        np.testing.assert_allclose(y.detach().numpy(), expected.numpy(), rtol=1e-6)
        assert x.grad is not None


@pytest.mark.parametrize("name", CALLS)
def test_against_pytorch(name):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    theirs = getattr(torch.nn, name, None)
    if name == "CTCLoss":               # whose gradient is that of scores: tests/ops/test_ctc.py
        return
    if theirs is None:
        assert name in ("CrammerSingerLoss", "HingeLoss", "SquaredHingeLoss", "WestonWatkinsLoss")
        return
    options, args = CALLS[name]
    x, tx = mg.tensor(args[0], requires_grad=True), torch.tensor(args[0], requires_grad=True)
    ours = getattr(nn, name)(**options)
    theirs = theirs(**{key: torch.tensor(a) if isinstance(a, np.ndarray) else a for key, a in options.items()})
    assert {key: a.shape for key, a in ours.state_dict().items()} == {key: a.shape for key, a in theirs.state_dict().items()}
    y, ty = ours(x, *args[1:]), theirs(tx, *map(torch.tensor, args[1:]))
    y.sum().backward(), ty.sum().backward()
    np.testing.assert_allclose(y.detach().numpy(), ty.detach().numpy(), rtol=1e-9)
    np.testing.assert_allclose(x.grad.numpy(), tx.grad.numpy(), rtol=1e-9, atol=1e-12)


def test_weights_may_be_tensors_and_are_saved():
    loss = nn.CrossEntropyLoss(mg.tensor(W))
    assert list(loss.state_dict()) == ["weight"] and not list(loss.parameters())
    assert loss(X, CLASSES).item() == pytest.approx(mg.cross_entropy(X, CLASSES, weight=W).item())
    assert repr(nn.CrossEntropyLoss(W, label_smoothing=0.1)).startswith("CrossEntropyLoss(weight=(4,), label_smoothing=0.1)")
    assert repr(nn.TripletMarginLoss(p=1.0, reduction="sum")).startswith("TripletMarginLoss(p=1.0, reduction='sum')")


@pytest.mark.parametrize("make, error, message", [
    (lambda: nn.CrossEntropyLoss("sum"), TypeError,
     r"^\[CrossEntropyLoss\] weight must be numbers, found 'sum': reduction='sum' goes by its name$"),
    (lambda: nn.CrossEntropyLoss(ignore_index=None), TypeError, r"^\[CrossEntropyLoss\] ignore_index must be an int"),
    (lambda: nn.CrossEntropyLoss(label_smoothing=2), ValueError, r"^\[CrossEntropyLoss\] expected 0 <= label_smoothing <= 1"),
    (lambda: nn.HuberLoss(delta=0), ValueError, r"^\[HuberLoss\] expected 0 < delta, found 0$"),
    (lambda: nn.KLDivLoss("batch"), ValueError, r"^\[KLDivLoss\] reduction must be one of mean, sum, none, batchmean, found"),
    (lambda: nn.MultiMarginLoss(3), ValueError, r"^\[MultiMarginLoss\] p must be 1 or 2, found 3$"),
    (lambda: nn.TripletMarginLoss(swap=1), TypeError, r"^\[TripletMarginLoss\] swap must be True or False, found 1$"),
    (lambda: nn.HingeLoss()(None, SIGNS), TypeError, r"^\[HingeLoss\] expected predictions, found None"),
    (lambda: nn.L1Loss()(X, np.zeros((5, 4), np.uint8)), TypeError, r"^\[L1Loss\] target is uint8, raw pixels"),
])
def test_errors(make, error, message):
    with pytest.raises(error, match=message):
        make()
