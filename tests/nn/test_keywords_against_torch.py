"""Keywords that take None or a word: what PyTorch has too means the same here or is an error, never something else."""

import inspect
import itertools
import warnings

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from minigrad.system.names import HOLDERS

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

WORDS = None, "same", "valid", "zeros", "mean", "sum", "none", "batchmean", "torch", "keras", "fan_in", "relu", "linear", \
    "reflect", "circular"

# What a class is given besides the keyword under test, and the shape of its input.
LAYERS = {
    "Linear": ((6, 4), (5, 6)), "Conv2d": ((2, 4, 3), (2, 2, 6, 6)), "MaxPool2d": ((2,), (2, 2, 6, 6)),
    "AvgPool2d": ((2,), (2, 2, 6, 6)), "BatchNorm1d": ((3,), (4, 3)), "BatchNorm2d": ((3,), (4, 3, 2, 2)),
    "Dropout": ((), (4, 3)), "Dropout1d": ((), (4, 3, 2)), "Dropout2d": ((), (4, 3, 2, 2)),
    "Dropout3d": ((), (4, 3, 2, 2, 2)), "AlphaDropout": ((), (4, 3)), "FeatureAlphaDropout": ((), (4, 3, 2)),
    "Flatten": ((), (2, 3, 4)), "Softmax": ((), (2, 3)), "ReLU": ((), (2, 3)),
    "Sigmoid": ((), (2, 3)), "Tanh": ((), (2, 3)), "Identity": ((), (2, 3)), **dict.fromkeys(nn.loss.__all__, ((), (5, 4))),
    "Conv1d": ((2, 4, 3), (2, 2, 6)), "Conv3d": ((2, 4, 2), (2, 2, 3, 4, 3)), "ConvTranspose1d": ((2, 4, 3), (2, 2, 6)),
    "ConvTranspose2d": ((2, 4, 3), (2, 2, 4, 4)), "ConvTranspose3d": ((2, 4, 2), (2, 2, 3, 4, 3)),
    "MaxPool1d": ((2,), (2, 2, 6)), "MaxPool3d": ((2,), (2, 2, 4, 4, 4)), "AvgPool1d": ((2,), (2, 2, 6)),
    "AvgPool3d": ((2,), (2, 2, 4, 4, 4)), "LPPool1d": ((2.0, 2), (2, 2, 6)), "LPPool2d": ((2.0, 2), (2, 2, 6, 6)),
    "AdaptiveAvgPool1d": ((2,), (2, 2, 6)), "AdaptiveAvgPool2d": ((2,), (2, 2, 6, 5)),
    "AdaptiveAvgPool3d": ((2,), (2, 2, 4, 4, 4)),
    "AdaptiveMaxPool1d": ((2,), (2, 2, 6)), "AdaptiveMaxPool2d": ((2,), (2, 2, 6, 5)),
    "AdaptiveMaxPool3d": ((2,), (2, 2, 4, 4, 4)), "ChannelShuffle": ((2,), (2, 4, 3)), "BatchNorm3d": ((3,), (4, 3, 2, 2, 2)),
    "LayerNorm": ((4,), (3, 4)), "RMSNorm": ((4,), (3, 4)), "GroupNorm": ((2, 4), (3, 4, 2)),
    "InstanceNorm1d": ((3,), (2, 3, 4)),
    "InstanceNorm2d": ((3,), (2, 3, 4, 2)), "InstanceNorm3d": ((3,), (2, 3, 4, 2, 2)), "LocalResponseNorm": ((2,), (2, 4, 3)),
    **{name: ((), (2, 4)) for name in nn.activation.__all__ if name not in ("Threshold",)}, "Threshold": ((0.5, 2.0), (2, 4)),
    "Unfold": ((2,), (1, 2, 4, 3)), "Fold": (((4, 3), 2), (1, 8, 6)),
    "Embedding": ((5, 3), (4, 3)), "Upsample": ((3,), (2, 2, 4, 4)), "PixelShuffle": ((2,), (2, 4, 3, 3)),
    "PixelUnshuffle": ((2,), (2, 4, 4, 2)), "Unflatten": ((1, (2, 2)), (3, 4)),
    **{f"{kind}Pad{n}d": ((1,), (2, 3, 4, 4)[:n + 2]) for kind in ("Zero", "Reflection", "Replication") for n in (1, 2)}}
for name in ("CTCLoss", "CrammerSingerLoss", "HingeLoss", "SquaredHingeLoss", "WestonWatkinsLoss"):
    # tests/ops/test_ctc.py compares the first; PyTorch has none of the others
    del LAYERS[name]
OF_TWO = {"MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d"}      # called with what pooling gave and its places
NOT_PYTORCHS = {"GlobalAvgPool", "GlobalMaxPool"}
OPTIMIZERS = {"SGD": {"lr": .1}, "Adam": {}, "AdamW": {}}
# Layers of their own tests, in which PyTorch is the oracle, too.
TESTED_ELSEWHERE = {
    *(f"Lazy{kind}{n}d" for kind in ("BatchNorm", "Conv", "ConvTranspose", "InstanceNorm") for n in (1, 2, 3)), "LazyLinear",
    "Bilinear",
    "GRU", "GRUCell", "LSTM", "LSTMCell", "MultiheadAttention", "PositionalEncoding", "RNN", "RNNCell", "Transformer",
    "TransformerDecoder", "TransformerDecoderLayer", "TransformerEncoder", "TransformerEncoderLayer"}
OURS_ALONE = {"init", "preset", "form", "decay"}         # no keywords of PyTorch's


def cases(table, ours, theirs):
    for name in table:
        known = inspect.signature(getattr(theirs, name).__init__).parameters
        for keyword in inspect.signature(getattr(ours, name).__init__).parameters:
            if keyword in known and keyword not in ("self", "params", "args", "kwargs"):
                yield from ((name, keyword, value) for value in WORDS)


def attempt(make, *args, **options):
    """(what make(*args, **options) returns, None) or (None, its error)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return make(*args, **options), None
        except Exception as error:
            return None, error


def beside(name, shape, rng):
    """What a layer is called with after x: the targets of losses."""
    if name not in nn.loss.__all__:
        return []
    signs = np.where(rng.random(shape) < .5, -1.0, 1.0)
    numbers, others = rng.standard_normal((2, *shape))
    return {"CrossEntropyLoss": [np.arange(shape[0]) % shape[1]], "NLLLoss": [np.arange(shape[0]) % shape[1]],
            "MultiMarginLoss": [np.arange(shape[0]) % shape[1]], "BCELoss": [1 / (1 + np.exp(-numbers))],
            "HingeEmbeddingLoss": [signs], "SoftMarginLoss": [signs], "CosineEmbeddingLoss": [numbers, signs[:, 0]],
            "MarginRankingLoss": [numbers, signs], "TripletMarginLoss": [numbers, others],
            "TripletMarginWithDistanceLoss": [numbers, others],
            "MultiLabelMarginLoss": [np.argsort(numbers, 1) - (rng.random(shape) < 0.3)],
            "GaussianNLLLoss": [numbers, np.exp(others)], "KLDivLoss": [np.exp(numbers)],
            "PoissonNLLLoss": [np.exp(numbers)]}.get(name, [numbers])


def layer_outputs(library, layer, shape, name):
    """Outputs of two batches in training and one in evaluation, and the state afterwards, as numpy arrays."""
    rng, outputs = np.random.default_rng(0), []
    wrap = torch.tensor if library is torch else mg.tensor
    for training in (True, True, False):
        layer.train(training)
        x = wrap(rng.standard_normal(shape).astype(np.float32) if name != "Embedding" else rng.integers(0, 5, shape))
        more = [wrap(a.astype(np.float32) if a.dtype.kind == "f" else a) for a in beside(name, shape, rng)]
        outputs.append(layer(torch.sigmoid(x) if library is torch and name == "BCELoss" else
                             mg.sigmoid(x) if name == "BCELoss" else x, *more).detach().numpy())
    return outputs + [np.asarray(a) for a in layer.state_dict().values()]


def test_names_are_all_here():
    assert {n for n in nn.__all__ if isinstance(getattr(nn, n), type) and issubclass(getattr(nn, n), nn.Module)} == \
        LAYERS.keys() | HOLDERS | TESTED_ELSEWHERE | {*nn.loss.__all__} | OF_TWO | NOT_PYTORCHS
    assert set(optim.__all__) >= OPTIMIZERS.keys() | {"Optimizer"}         # the others: tests/optim
    for table, ours, theirs in ((LAYERS, nn, torch.nn), (OPTIMIZERS, optim, torch.optim)):
        for name in table:
            own = set(inspect.signature(getattr(ours, name).__init__).parameters)
            assert own - set(inspect.signature(getattr(theirs, name).__init__).parameters) <= OURS_ALONE | {"args", "kwargs"}


@pytest.mark.parametrize("name", LAYERS)
def test_layers(name):
    arguments, shape = LAYERS[name]
    checked = 0
    for _, keyword, value in cases({name: None}, nn, torch.nn):
        names = list(inspect.signature(getattr(nn, name).__init__).parameters)[1:]
        fixed = {n: a for n, a in zip(names, arguments) if n != keyword} | {keyword: value}
        theirs, their_error = attempt(getattr(torch.nn, name), **fixed)
        ours, error = attempt(getattr(nn, name), **fixed)
        if error is None and their_error is None:
            ours.load_state_dict(theirs.state_dict())
        found, error = attempt(layer_outputs, mg, ours, shape, name) if error is None else (None, error)
        if error is not None:
            assert isinstance(error, (TypeError, ValueError)) and str(error).startswith("["), (keyword, value, error)
            continue
        expected, their_error = attempt(layer_outputs, torch, theirs, shape, name)
        assert their_error is None, f"{name}({keyword}={value!r}) is an error in PyTorch, and works here"
        for a, b in itertools.zip_longest(found, expected):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5, err_msg=f"{name}({keyword}={value!r})")
        checked += 1
    assert checked or name not in ("Linear", "Conv2d", "MaxPool2d", "BatchNorm2d") and not name.endswith("Loss")


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimisers(name):
    for _, keyword, value in cases({name: None}, optim, torch.optim):
        options = OPTIMIZERS[name] | {keyword: value}
        ours, error = attempt(getattr(optim, name), [nn.Parameter([1.0])], **options)
        assert isinstance(error, (TypeError, ValueError)) and str(error).startswith(f"[{name}]"), (keyword, value, ours)


@pytest.mark.parametrize("name", ["kaiming_uniform_", "kaiming_normal_"])
def test_initial_values(name):
    """The spread of what is drawn, for every mode and nonlinearity that both know and a slope that only one of them uses."""
    for mode, kind, a in itertools.product(("fan_in", "fan_out"), ("leaky_relu", *nn.init.GAINS), (0, .3, 5)):
        ours, theirs = nn.Parameter(np.zeros((300, 200), np.float32)), torch.empty(300, 200)
        getattr(nn.init, name)(ours, a, mode, kind)
        getattr(torch.nn.init, name)(theirs, a, mode, kind)
        assert ours.detach().numpy().std() == pytest.approx(theirs.std().item(), rel=.02), (mode, kind, a)
    for wrong in ({"mode": None}, {"nonlinearity": None}, {"a": None}, {"a": "x"}):
        _, error = attempt(getattr(nn.init, name), nn.Parameter(np.zeros((3, 2))), **wrong)
        assert isinstance(error, (TypeError, ValueError)) and str(error).startswith("[init]")


FUNCTIONS = {      # function -> the keywords of PyTorch's or numpy's that may be None or a word, and what None means
    "conv2d": (lambda **k: mg.conv2d(mg.ones((1, 1, 5, 5)), mg.ones((1, 1, 3, 3)), **k),
               {"b": None, "stride": ..., "padding": ..., "dilation": ..., "groups": ...}),
    "max_pool2d": (lambda **k: mg.max_pool2d(mg.ones((1, 1, 4, 4)), 2, **k), {"stride": None, "padding": ...}),
    "avg_pool2d": (lambda **k: mg.avg_pool2d(mg.ones((1, 1, 4, 4)), 2, **k), {"stride": None, "padding": ...}),
    "batch_norm": (lambda **k: mg.batch_norm(mg.randn((3, 2)), mg.ones(2), mg.zeros(2), mg.zeros(2), mg.ones(2), **k),
                   {"eps": ..., "momentum": ...}),
    "cross_entropy": (lambda **k: mg.cross_entropy(mg.ones((2, 3)), np.array([0, 1]), **k), {"reduction": ...}),
    "mse": (lambda **k: mg.mse(mg.ones((2, 3)), mg.zeros((2, 3)), **k), {"reduction": ...}),
    "softmax": (lambda **k: mg.softmax(mg.ones((2, 3)), **k), {"axis": ...}),
    "log_softmax": (lambda **k: mg.log_softmax(mg.ones((2, 3)), **k), {"axis": ...}),
    "logsumexp": (lambda **k: mg.logsumexp(mg.ones((2, 3)), **({"axis": None} | k)), {"axis": None}),
    "sum": (lambda **k: mg.sum(mg.ones((2, 3)), **k), {"axis": None}),
    "mean": (lambda **k: mg.mean(mg.ones((2, 3)), **k), {"axis": None}),
    "max": (lambda **k: mg.max(mg.ones((2, 3)), **k), {"axis": None}),
    "min": (lambda **k: mg.min(mg.ones((2, 3)), **k), {"axis": None}),
    "argmax": (lambda **k: mg.argmax(mg.ones((2, 3)), **k), {"axis": None}),
    "argmin": (lambda **k: mg.argmin(mg.ones((2, 3)), **k), {"axis": None}),
    "concatenate": (lambda **k: mg.concatenate([mg.ones(3)] * 2, **k), {"axis": None}),
    "stack": (lambda **k: mg.stack([mg.ones((2, 3))] * 2, **k), {"axis": ...}),
    "split": (lambda **k: mg.split(mg.ones((2, 4)), 2, **k), {"axis": ...}),
    "transpose": (lambda **k: mg.transpose(mg.ones((2, 3)), **k), {"axes": None}),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name):
    """None is the default where the table says so, and an error elsewhere; a word is an error (but for conv2d's padding)."""
    call, keywords = FUNCTIONS[name]
    usual = call()
    for keyword, meaning in keywords.items():
        for value in WORDS:
            found, error = attempt(call, **{keyword: value})
            if value is None and meaning is None:
                assert error is None
                np.testing.assert_array_equal(found.numpy(), usual.numpy())
            elif (keyword, value) in (("padding", "valid"), ("padding", "same")) and name == "conv2d":
                side = {"valid": 3, "same": 5}[value]
                assert found.shape == (1, 1, side, side)
            elif keyword == "reduction" and value in ("mean", "sum", "none"):
                theirs = (torch.nn.functional.cross_entropy(torch.ones(2, 3), torch.tensor([0, 1]), reduction=value)
                          if name == "cross_entropy" else
                          torch.nn.functional.mse_loss(torch.ones(2, 3), torch.zeros(2, 3), reduction=value))
                np.testing.assert_allclose(found.numpy(), theirs.numpy(), rtol=1e-6)
            else:
                assert error is not None, f"mg.{name}({keyword}={value!r}) gives {found}"
