"""Layers by themselves: what they refuse, presets, dropout, several at once."""

import pickle

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.system.names import HOLDERS


def test_sizes_must_be_positive_ints():
    with pytest.raises(ValueError, match=r"\[Linear\] in_features must be an int >= 1, found 2.5"):
        nn.Linear(2.5, 1)
    with pytest.raises(ValueError, match=r"\[Linear\] out_features must be an int >= 1, found 0"):
        nn.Linear(2, 0)
    with pytest.raises(ValueError, match=r"\[Conv2d\] out_channels must be an int >= 1, found -1"):
        nn.Conv2d(1, -1, 3)
    with pytest.raises(ValueError, match=r"\[BatchNorm2d\] num_features must be an int >= 1, found True"):
        nn.BatchNorm2d(True)


def test_conv_options():
    with pytest.raises(ValueError, match=r"\[Conv2d\] groups must divide both numbers of channels: groups 2, "
                                         r"in_channels 3, out_channels 4"):
        nn.Conv2d(3, 4, 3, groups=2)
    with pytest.raises(ValueError, match=r"\[Conv2d\] padding must be an int, a pair, 'same' or 'valid', found 'full'"):
        nn.Conv2d(1, 1, 3, padding="full")
    with pytest.raises(ValueError, match=r"\[Conv2d\] kernel_size must be an int >= 1 or a pair of them, found 0"):
        nn.Conv2d(1, 1, 0)
    with pytest.raises(ValueError, match=r"\[Conv2d\] padding='same' needs stride 1, found \(2, 2\)"):
        nn.Conv2d(1, 1, 3, stride=2, padding="same")


def test_pool_options():
    with pytest.raises(ValueError, match=r"\[MaxPool2d\] stride must be an int >= 1 or a pair of them, found 0"):
        nn.MaxPool2d(2, 0)
    with pytest.raises(ValueError, match=r"\[AvgPool2d\] padding must be an int >= 0 or a pair of them, found -1"):
        nn.AvgPool2d(2, padding=-1)


def test_batch_norm_presets():
    keras, own = nn.BatchNorm2d(3, preset="keras"), nn.BatchNorm2d(3, eps=0.5, preset="keras")
    assert (keras.eps, keras.momentum) == (1e-3, 0.01) and (own.eps, own.momentum) == (0.5, 0.01)
    assert (nn.BatchNorm1d(3).eps, nn.BatchNorm1d(3).momentum) == (1e-5, 0.1)
    with pytest.raises(ValueError, match=r"\[BatchNorm1d\] there is no preset 'jax': choose one of 'torch', 'keras'"):
        nn.BatchNorm1d(3, preset="jax")
    with pytest.raises(ValueError, match=r"\[BatchNorm2d\] expected .* 0 <= momentum <= 1, found 1e-05 and 1.5"):
        nn.BatchNorm2d(3, momentum=1.5)


def test_batch_norm_keeps_statistics_in_training_only(device):
    norm = nn.BatchNorm2d(1, momentum=0.5)
    x = np.array([0.0, 4.0], np.float32).reshape(2, 1, 1, 1)
    mean = norm.running_mean.data
    assert norm(x).detach().numpy().ravel() == pytest.approx([-1, 1], abs=1e-4)
    assert norm.running_mean.tolist() == [1] and norm.running_var.tolist() == [4.5]       # 8 is the unbiased variance
    assert norm.num_batches_tracked.item() == 1 and norm.running_mean.data is mean
    norm.eval()(x)
    assert norm.running_mean.tolist() == [1] and norm.num_batches_tracked.item() == 1


def test_batch_norm_wants_its_number_of_axes():
    with pytest.raises(ValueError, match=r"\[BatchNorm2d\] expected x with 4 axes, found \(2, 3\)"):
        nn.BatchNorm2d(3)(mg.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"\[BatchNorm1d\] expected x with 2 or 3 axes, found \(2, 3, 4, 4\)"):
        nn.BatchNorm1d(3)(mg.zeros((2, 3, 4, 4)))


def test_dropout_drops_in_training_only_and_is_seeded(device):
    drop = nn.Dropout(0.25)
    x = mg.ones((1000,))
    mg.manual_seed(5)
    a, b = drop(x).numpy(), drop(x).numpy()
    mg.manual_seed(5)
    np.testing.assert_array_equal(drop(x).numpy(), a)
    assert (a != b).any()
    assert set(np.unique(a)) == {0, np.float32(1 / 0.75)} and 0.2 < (a == 0).mean() < 0.3
    assert drop.eval()(x) is x
    with pytest.raises(ValueError, match=r"\[Dropout\] p must be a probability, 0 <= p <= 1, found 2"):
        nn.Dropout(2)


def test_losses_take_arrays_and_check_their_reduction():
    assert nn.MSELoss()(mg.zeros((2, 2)), np.ones((2, 2))).item() == 1
    assert nn.CrossEntropyLoss()(mg.zeros((3, 2)), np.array([0, 1, 1])).item() == pytest.approx(np.log(2))
    for loss in (nn.MSELoss, nn.CrossEntropyLoss):
        with pytest.raises(ValueError, match=rf"\[{loss.__name__}\] reduction must be .* mean, sum, none, found 'avg'"):
            loss(reduction="avg")


FLOAT_LAYERS = {
    "Linear": lambda: nn.Linear(4, 1), "Conv2d": lambda: nn.Conv2d(4, 1, 1), "BatchNorm1d": lambda: nn.BatchNorm1d(4),
    "BatchNorm2d": lambda: nn.BatchNorm2d(4), "Sigmoid": nn.Sigmoid, "Tanh": nn.Tanh, "Softmax": nn.Softmax,
    "Dropout": nn.Dropout, "AlphaDropout": nn.AlphaDropout,
    "FeatureAlphaDropout": nn.FeatureAlphaDropout, "Dropout2d": nn.Dropout2d,
    "MaxPool2d": lambda: nn.MaxPool2d(2), "AvgPool2d": lambda: nn.AvgPool2d(2)}
OTHERS = {"ReLU", "Flatten", "Unflatten", "Identity", *HOLDERS, *nn.loss.__all__}
TESTED_ELSEWHERE = {
    "LazyBatchNorm1d", "LazyBatchNorm2d", "LazyConv2d", "LazyLinear", "Bilinear", "Dropout1d", "Dropout3d",
    "GRU", "GRUCell", "LSTM", "LSTMCell", "MultiheadAttention", "PositionalEncoding", "RNN", "RNNCell", "Transformer",
    "TransformerDecoder", "TransformerDecoderLayer", "TransformerEncoder", "TransformerEncoderLayer"}


def test_raw_pixels_are_refused_by_every_layer_of_floats(device):
    """A new layer belongs to one list or the other; what is in neither list fails here."""
    classes = {name for name in nn.__all__ if isinstance(getattr(nn, name), type)
               and issubclass(getattr(nn, name), nn.Module)}
    assert classes == FLOAT_LAYERS.keys() | OTHERS | TESTED_ELSEWHERE
    pixels = np.full((2, 4, 4, 4), 200, np.uint8)
    unpickled = pickle.loads(pickle.dumps(pixels))              # its dtype equals uint8 and is another object
    for name, make in FLOAT_LAYERS.items():
        for a in (pixels, unpickled, mg.tensor(pixels), mg.tensor(unpickled)):
            x = a[0, 0] if name in ("Linear", "BatchNorm1d") else a
            for layer in (make(), make().eval()):
                op = {"Linear": "linear", "Conv2d": "conv2d"}.get(name, "batch_norm" if "Norm" in name else name)
                with pytest.raises(TypeError, match=rf"^\[{op}\] x is uint8, raw pixels from 0 to 255, .* x / 255, as "
                                                    r"Dataset, Loader, fit, evaluate and predict do by themselves"):
                    layer(x)
                layer(x / 255)
                layer(x.astype("float32"))
    for name in ("ReLU", "Flatten", "Identity"):
        assert getattr(nn, name)()(mg.tensor(pixels)).dtype == np.uint8
    with pytest.raises(TypeError, match=r"^\[MSELoss\] target is uint8, raw pixels .* target / 255"):
        nn.MSELoss()(mg.zeros(pixels.shape), pixels)
    nn.CrossEntropyLoss()(mg.zeros((2, 3)), np.array([0, 2], np.uint8))         # classes
    w = nn.Parameter(np.ones((4, 4), np.float32))
    for layer_of_ones_own in (lambda x: x @ w, lambda x: mg.matmul(w, x), lambda x: mg.linear(x, w)):
        with pytest.raises(TypeError, match=r"^\[(matmul|linear)\] x is uint8, raw pixels"):
            layer_of_ones_own(mg.tensor(pixels[0, 0]))
    assert (mg.tensor(pixels[0, 0]) @ mg.ones((4, 4))).dtype == np.float32      # no parameter: an image and a filter, say


def test_a_loss_of_nothing():
    for loss in (nn.MSELoss(), nn.CrossEntropyLoss()):
        with pytest.raises(TypeError, match=r"Loss\] expected predictions, found None: does the model's forward end with a r"):
            loss(None, np.zeros(3))


@pytest.mark.parametrize(("name", "hint"), [
    ("moduledict", r": there is mg.nn.ModuleDict"),
    ("Nothing", "$"),
])
def test_what_is_looked_for_here_and_is_elsewhere(name, hint):
    with pytest.raises(AttributeError, match=rf"^module 'minigrad.nn' has no attribute '{name}'{hint}"):
        getattr(nn, name)


def test_batch_norm_over_all_batches_alike(device):
    """momentum=None: the estimates are the plain means of the batches' own, however many there were; on files too."""
    norm, rng = nn.BatchNorm1d(2, momentum=None, preset="keras"), np.random.default_rng(0)
    batches = rng.standard_normal((5, 8, 2)).astype(np.float32)
    for batch in batches:
        norm(batch)
    np.testing.assert_allclose(norm.running_mean.numpy(), batches.mean((0, 1)), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(norm.running_var.numpy(), batches.var(1, ddof=1).mean(0), rtol=1e-5)
    norm.eval()(batches[0])
    with pytest.raises(ValueError, match="more than one value per channel"):
        norm.train()(batches[0, :1])
    assert norm.num_batches_tracked.item() == 5
    assert "momentum=None" in repr(norm)
    for options in ({"eps": None}, {"momentum": "none"}, {"eps": True}):
        with pytest.raises(TypeError, match=r"\[BatchNorm1d\] eps must be a number and momentum a number or None"):
            nn.BatchNorm1d(2, **options)


def test_layers_take_numpy_arrays():
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(2, 1), nn.Sigmoid())
    assert net(np.zeros((4, 1, 4, 4), np.float32)).shape == (4, 1)
