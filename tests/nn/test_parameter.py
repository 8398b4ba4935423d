"""Parameters and buffers: leaves that never rebind their array."""

import copy

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.nn.parameter import read, write


def test_a_parameter_copies_its_data_and_requires_grad(device):
    a = np.ones((2, 3))
    p = nn.Parameter(a)
    a[...] = 7
    assert p.requires_grad and p.is_leaf and p.dtype == np.float64 and p.device == device
    assert p.tolist() == [[1, 1, 1], [1, 1, 1]]
    assert not nn.Parameter([1.0], requires_grad=False).requires_grad
    assert repr(nn.Parameter([1.0])) == "Parameter tensor([1.], requires_grad=True)"


def test_integers_are_no_parameter():
    with pytest.raises(TypeError, match="only floating point tensors can require gradients"):
        nn.Parameter(np.arange(3))


def test_operations_make_tensors_not_parameters():
    p = nn.Parameter([1.0, 2.0])
    assert type(p * 2) is mg.Tensor and type(p.detach()) is mg.Tensor


def test_a_buffer_has_no_gradient():
    b = nn.Buffer(np.arange(3))
    assert not b.requires_grad and b.dtype == np.int64


def test_deepcopy_keeps_the_kind_and_the_data():
    for t in (nn.Parameter([1.0, 2.0]), nn.Parameter([1.0], requires_grad=False), nn.Buffer([3.0])):
        twin = copy.deepcopy(t)
        assert type(twin) is type(t) and twin.requires_grad == t.requires_grad and twin.tolist() == t.tolist()
        write(twin, np.zeros(twin.shape))
        assert t.tolist() != twin.tolist()


def test_write_keeps_the_array_and_read_copies_it(device):
    p = nn.Parameter(np.zeros((2, 3), np.float32))
    held = p.data
    write(p, np.arange(6.0).reshape(2, 3))
    assert p.data is held
    a = read(p)
    write(p, np.zeros((2, 3)))
    assert a.dtype == np.float32 and a.tolist() == [[0, 1, 2], [3, 4, 5]]
