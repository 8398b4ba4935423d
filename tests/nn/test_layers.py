"""Layers by themselves: what they refuse, presets, dropout, several at once."""

import pickle
import re

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
    "Dropout": nn.Dropout, "AlphaDropout": nn.AlphaDropout, "FeatureAlphaDropout": nn.FeatureAlphaDropout,
    "Dropout2d": nn.Dropout2d, "MaxPool2d": lambda: nn.MaxPool2d(2), "AvgPool2d": lambda: nn.AvgPool2d(2),
    "Conv1d": lambda: nn.Conv1d(4, 1, 1), "Conv3d": lambda: nn.Conv3d(2, 1, 1), "BatchNorm3d": lambda: nn.BatchNorm3d(2),
    "ConvTranspose1d": lambda: nn.ConvTranspose1d(4, 1, 1), "ConvTranspose2d": lambda: nn.ConvTranspose2d(4, 1, 1),
    "ConvTranspose3d": lambda: nn.ConvTranspose3d(2, 1, 1), "LayerNorm": lambda: nn.LayerNorm(4),
    "RMSNorm": lambda: nn.RMSNorm(4), "GroupNorm": lambda: nn.GroupNorm(2, 4), "InstanceNorm1d": lambda: nn.InstanceNorm1d(4),
    "InstanceNorm2d": lambda: nn.InstanceNorm2d(4), "InstanceNorm3d": lambda: nn.InstanceNorm3d(2),
    "LocalResponseNorm": lambda: nn.LocalResponseNorm(2), "Upsample": lambda: nn.Upsample(3),
    "GlobalAvgPool": nn.GlobalAvgPool, "GlobalMaxPool": nn.GlobalMaxPool,
    "LPPool1d": lambda: nn.LPPool1d(2, 2), "LPPool2d": lambda: nn.LPPool2d(2, 2),
    **{f"{kind}Pool{n}d": lambda kind=kind, n=n: getattr(nn, f"{kind}Pool{n}d")(2) for kind, n in (
        ("Max", 1), ("Max", 3), ("Avg", 1), ("Avg", 3), ("AdaptiveAvg", 1), ("AdaptiveAvg", 2), ("AdaptiveAvg", 3),
        ("AdaptiveMax", 1), ("AdaptiveMax", 2), ("AdaptiveMax", 3))}}
MOVERS = {"Unflatten": lambda: nn.Unflatten(1, (2, 2)), "PixelShuffle": lambda: nn.PixelShuffle(2),
          "ChannelShuffle": lambda: nn.ChannelShuffle(2),
          "PixelUnshuffle": lambda: nn.PixelUnshuffle(2), "Flatten": nn.Flatten, "Unfold": lambda: nn.Unfold(2),
          **{f"{kind}Pad{n}d": lambda kind=kind, n=n: getattr(nn, f"{kind}Pad{n}d")(1)
             for kind in ("Zero", "Reflection", "Replication") for n in (1, 2)}}
OTHERS = {*HOLDERS, "ReLU", "Identity", "Embedding", "Fold", "MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d", *MOVERS,
          *nn.loss.__all__, *nn.activation.__all__} - {"Sigmoid", "Tanh", "Softmax"}
CALLED_BY = {"Linear": "linear", "RMSNorm": "RMSNorm", "BatchNorm1d": "batch_norm", "BatchNorm2d": "batch_norm",
             "BatchNorm3d": "batch_norm", "Conv1d": "conv1d", "Conv2d": "conv2d", "Conv3d": "conv3d",
             **{f"ConvTranspose{n}d": f"conv_transpose{n}d" for n in (1, 2, 3)}}
TESTED_ELSEWHERE = {
    *(f"Lazy{kind}{n}d" for kind in ("BatchNorm", "Conv", "ConvTranspose", "InstanceNorm") for n in (1, 2, 3)), "LazyLinear",
    "Bilinear", "Dropout1d", "Dropout3d",
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
            x = a[0, 0] if name in ("Linear", "BatchNorm1d") else a[0] if name[-2:] == "1d" else a[None] if name in (
                "BatchNorm3d", "Conv3d", "ConvTranspose3d", "InstanceNorm3d") else a
            for layer in (make(), make().eval()):
                op = CALLED_BY.get(name, name)
                with pytest.raises(TypeError, match=rf"^\[{op}\] x is uint8, raw pixels from 0 to 255, .* x / 255, as "
                                                    r"Dataset, Loader, fit, evaluate and predict do by themselves"):
                    layer(x)
                layer(x / 255)
                layer(x.astype("float32"))
    for name, make in {"ReLU": nn.ReLU, "Identity": nn.Identity, **MOVERS}.items():
        assert make()(mg.tensor(pixels[0] if name[-2:] == "1d" else pixels)).dtype == np.uint8
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


@pytest.mark.parametrize(("make", "text"), [
    (lambda: nn.MaxPool2d(2, ceil_mode="same"), "[MaxPool2d] ceil_mode must be True or False, found 'same'"),
    (lambda: nn.AvgPool3d((2, 2)), "[AvgPool3d] kernel_size must be an int >= 1 or three of them, found (2, 2)"),
    (lambda: nn.AvgPool2d(2, divisor_override=0), "[AvgPool2d] divisor_override must be an int other than 0, or None, found 0"),
    (lambda: nn.Conv1d(1, 1, 0), "[Conv1d] kernel_size must be an int >= 1 or a tuple of one, found 0"),
    (lambda: nn.Conv1d(1, 1, 2, padding="full"), "[Conv1d] padding must be an int, a tuple, 'same' or 'valid', found 'full'"),
    (lambda: nn.ConvTranspose2d(1, 1, 2, output_padding=1), "[ConvTranspose2d] output_padding must be less than stride or "
                                                            "dilation"),
    (lambda: nn.LPPool2d(0, 2), "[LPPool2d] norm_type must be a number > 0, found 0"),
    (lambda: nn.GroupNorm(3, 4), "[GroupNorm] num_groups must divide num_channels, found 3 and 4"),
    (lambda: nn.GroupNorm(2, 4)(mg.zeros(2, 6)), "[GroupNorm] expected x with 4 channels, found (2, 6)"),
    (lambda: nn.LayerNorm(3)(mg.zeros(3, 4)), "[layer_norm] the last axes of x must be normalized_shape (3,), found x (3, 4)"),
    (lambda: nn.InstanceNorm2d(3)(mg.zeros(2, 4, 5, 5)), "[InstanceNorm2d] expected x with 4 axes, or 3 without a batch axis, "
                                                         "and 3 channels, found (2, 4, 5, 5)"),
    (lambda: nn.InstanceNorm2d(3)(mg.zeros(2, 3, 1, 1)), "[instance_norm] expected x (N, C, ...) with more than one value per "
                                                         "channel"),
    (lambda: nn.Embedding(3, 2, padding_idx=3), "[Embedding] padding_idx must be the number of one of the 3 rows, found 3"),
    (lambda: nn.Embedding(3, 2, padding_idx="same"), "[Embedding] padding_idx must be an int or None, found 'same'"),
    (lambda: nn.Embedding(3, 2)([3]), "[embedding] index 3 is out of bounds"),
    (lambda: nn.Embedding(3, 2)([0.5]), "[embedding] the index must be integers, found float"),
    (lambda: nn.Upsample(mode="cubic", size=3)(mg.zeros(1, 1, 2, 2)), "[interpolate] mode must be one of nearest, "),
    (lambda: nn.Upsample()(mg.zeros(1, 1, 2, 2)), "[interpolate] expected either size or scale_factor, found size None and"),
    (lambda: nn.ReflectionPad1d(3)(mg.zeros(1, 1, 3)), "[ReflectionPad1d] an axis of 3 can be reflected by 2 at most, found "
                                                       "padding"),
    (lambda: nn.ZeroPad2d((1, 2)), "[ZeroPad2d] padding must be an int or 4 of them, found (1, 2)"),
    (lambda: nn.ZeroPad2d(-2)(mg.zeros(1, 4, 4)), "[ZeroPad2d] expected x with 4 axes, or 3 without a batch axis, and "
                                                  "something left"),
    (lambda: nn.Unflatten(1, (2, 2))(mg.zeros(3, 6)), "[Unflatten] axis 1 of x (3, 6) does not divide into (2, 2)"),
    (lambda: nn.Flatten(2, 1)(mg.zeros(3, 6, 2)), "[Flatten] expected start_dim and end_dim to be axes of x (3, 6, 2), the "
                                                  "first"),
    (lambda: nn.GlobalAvgPool()(mg.zeros(3, 6)), "[global_avg_pool] expected x (N, C, ...) with one axis or more behind the "
                                                 "channels"),
])
def test_what_layers_of_images_refuse(make, text):
    with pytest.raises((TypeError, ValueError, IndexError), match=f"^{re.escape(text)}"):
        make()


def test_global_pooling(device):
    x = mg.tensor(np.arange(24.0).reshape(2, 3, 2, 2).astype(np.float32))
    assert nn.GlobalAvgPool()(x).tolist() == [[1.5, 5.5, 9.5], [13.5, 17.5, 21.5]]
    assert nn.GlobalMaxPool()(x).tolist() == [[3, 7, 11], [15, 19, 23]]
