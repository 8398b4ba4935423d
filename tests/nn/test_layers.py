"""Layers by themselves: what they refuse, presets, dropout, several at once."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn


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
            loss("avg")


def test_layers_take_numpy_arrays():
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(2, 1), nn.Sigmoid())
    assert net(np.zeros((4, 1, 4, 4), np.float32)).shape == (4, 1)
