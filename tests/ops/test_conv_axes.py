"""Convolution along one and three axes, and transposed: memory, errors. Values and gradients: test_every_operation.py."""

import re

import numpy as np
import pytest

import minigrad as mg

RNG = np.random.default_rng(0)


def normal(*shape):
    return mg.tensor(RNG.standard_normal(shape).astype(np.float32))


def test_a_chain_of_sequences_is_not_copied_between_layers():
    """What conv1d gives lies as the next one reads it: side by side along the channels."""
    y = mg.conv1d(normal(2, 3, 8), normal(5, 3, 3))
    if y.device == "native":
        assert y.numpy().strides[1] == 4 and mg.relu(y).numpy().strides[1] == 4


def test_a_transposed_convolution_is_the_adjoint(device):
    x, w, h = normal(2, 4, 7, 6), normal(6, 2, 3, 2), normal(2, 6, 4, 3)
    how = {"stride": 2, "padding": (1, 0), "groups": 2}
    there = (mg.conv2d(x, w, **how) * h).sum().item()
    back = (x * mg.conv_transpose2d(h, w, **how, output_padding=0)).sum().item()
    assert there == pytest.approx(back, rel=1e-4)


def test_numpys_integers_are_integers():
    two = np.int64(2)
    assert mg.conv1d(mg.ones(1, 1, 6), mg.ones(1, 1, 2), stride=two, padding=np.uint8(1)).shape == (1, 1, 4)
    assert mg.conv3d(mg.ones(1, 1, 4, 4, 4), mg.ones(1, 1, 2, 2, 2), stride=(two, 1, 1)).shape == (1, 1, 2, 3, 3)
    whole = mg.conv_transpose1d(mg.tensor(np.array([[[1, 2]]])), mg.tensor(np.array([[[1, 1, 1]]])), stride=two)
    assert whole.tolist() == [[[1, 1, 3, 2, 2]]]


@pytest.mark.parametrize(("call", "text"), [
    (lambda: mg.conv1d(mg.zeros(2, 3, 8), mg.zeros(4, 2, 3)),
     "[conv1d] x has 3 channels but w expects 2: x (2, 3, 8), w (4, 2, 3)"),
    (lambda: mg.conv1d(mg.zeros(2, 3, 2), mg.zeros(4, 3, 3)),
     "[conv1d] the window spans 3 in L, but x offers only 2 with its padding"),
    (lambda: mg.conv1d(mg.zeros(2, 3, 8), mg.zeros(4, 3)),
     "[conv1d] expected x (N, C, L) and w (O, C/groups, KL), found x (2, 3, 8)"),
    (lambda: mg.conv1d(mg.zeros(2, 3, 8), mg.zeros(4, 3, 3), stride=0),
     "[conv1d] stride must be an int >= 1 or a tuple of one, found 0"),
    (lambda: mg.conv1d(mg.zeros(2, 3, 8), mg.zeros(4, 3, 3), padding="same", stride=2),
     "[conv1d] padding='same' needs stride 1"),
    (lambda: mg.conv1d(mg.zeros(2, 3, 8), mg.zeros(4, 3, 3), mg.zeros(3)),
     "[conv1d] b must have shape (4,) for w (4, 3, 3), found (3,)"),
    (lambda: mg.conv3d(mg.zeros(1, 3, 2, 8, 8), mg.zeros(4, 3, 3, 3, 3)),
     "[conv3d] the window spans 3 in D, but x offers only 2"),
    (lambda: mg.conv3d(mg.zeros(1, 1, 4, 4, 4), mg.zeros(1, 1, 2, 2, 2), padding=(1, 1)),
     "[conv3d] padding must be an int >= 0 or three of them, found (1, 1)"),
    (lambda: mg.conv_transpose2d(mg.zeros(1, 3, 4, 4), mg.zeros(2, 3, 3, 3)),
     "[conv_transpose2d] x has 3 channels but w is for 2, and groups, 1, must divide them"),
    (lambda: mg.conv_transpose2d(mg.zeros(1, 3, 4, 4), mg.zeros(3, 2, 3, 3), output_padding=1),
     "[conv_transpose2d] output_padding must be less than stride or dilation, found 1 in H with stride 1 and dilation 1"),
    (lambda: mg.conv_transpose2d(mg.zeros(1, 3, 1, 4), mg.zeros(3, 2, 3, 3), padding=2),
     "[conv_transpose2d] nothing is left in H"),
    (lambda: mg.conv_transpose1d(mg.zeros(3), mg.zeros(3, 2, 3)),
     "[conv_transpose1d] expected x (N, C, L) and w (C, O/groups, KL)"),
])
def test_errors(call, text):
    with pytest.raises(ValueError, match=f"^{re.escape(text)}"):
        call()
