"""collate: samples of any make become one batch, or an error that names the samples."""

from collections import namedtuple

import numpy as np
import pytest

from minigrad import Tensor
from minigrad.data.collate import arrays_of, collate


def same(found, want):
    """Equal in structure, dtype, shape and value."""
    assert type(found) is type(want)
    if isinstance(want, dict):
        assert found.keys() == want.keys()
        for key in want:
            same(found[key], want[key])
    elif isinstance(want, tuple | list):
        assert len(found) == len(want)
        for a, b in zip(found, want):
            same(a, b)
    elif isinstance(want, np.ndarray):
        assert found.dtype == want.dtype and found.shape == want.shape and found.tobytes() == want.tobytes()
    else:
        assert found == want


@pytest.mark.parametrize(("samples", "want"), [
    ([(1.5, 2), (2.5, 3)], (np.array([1.5, 2.5], np.float32), np.array([2, 3]))),
    ([(np.float64(1), True), (np.float64(2), False)], (np.array([1., 2.]), np.array([True, False]))),
    ([([1, 2.5], 0), ([3, 4], 1)], (np.array([[1, 2.5], [3, 4]], np.float32), np.array([0, 1]))),
    ([((1, 2, 3), [0]), ((4, 5, 6), [1])], (np.array([[1, 2, 3], [4, 5, 6]]), np.array([[0], [1]]))),
    ([{"x": 1, "name": "a"}, {"name": "b", "x": 2}], {"x": np.array([1, 2]), "name": ["a", "b"]}),
    ([((np.ones(2), np.zeros(1)), b"q")] * 2, ((np.ones((2, 2)), np.zeros((2, 1))), [b"q", b"q"])),
    ([(1, 2, 3), (4, 5, 6)], (np.array([1, 4]), np.array([2, 5]), np.array([3, 6]))),
    ([np.arange(3, dtype=np.uint8)] * 2, np.array([[0, 1, 2], [0, 1, 2]], np.uint8)),
    ([7, 8], np.array([7, 8])),
    ([np.zeros((0, 3))] * 2, np.zeros((2, 0, 3))),
    ([(Tensor([1., 2.], requires_grad=True), 0)], (np.array([[1, 2]], np.float32), np.array([0]))),
    ([(np.float32(1), 1), (2.5, 1)], (np.array([1, 2.5], np.float32), np.array([1, 1]))),
    ([np.array(3j)] * 2, np.array([3j, 3j])),
])
def test_samples_are_put_together(samples, want):
    same(collate(samples), want)


def test_named_tuples_keep_their_names():
    Sample = namedtuple("Sample", "x y")
    same(collate([Sample(1, 2.), Sample(3, 4.)]), Sample(np.array([1, 3]), np.array([2, 4], np.float32)))


def test_a_batch_is_fresh():
    x = np.zeros(3)
    collate([(x, 0), (x, 1)])[0][:] = 5
    assert not x.any()


def test_torch_tensors():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed, whose tensors these are")
    same(collate([(torch.ones(2, requires_grad=True), torch.tensor(3)), (torch.zeros(2), torch.tensor(4))]),
         (np.array([[1, 1], [0, 0]], np.float32), np.array([3, 4])))
    same(collate([torch.ones(2, dtype=torch.bfloat16), torch.zeros(2, dtype=torch.bfloat16)]),
         np.array([[1, 1], [0, 0]], np.float32))
    same(collate([torch.ones(2), np.zeros(2, np.float32)]), np.array([[1, 1], [0, 0]], np.float32))
    same(arrays_of([torch.ones(2), {"a": [torch.tensor(1)]}]), (np.ones(2, np.float32), {"a": (np.array(1),)}))
    with pytest.raises(ValueError, match=r"samples 0 and 1 do not fit into one batch: shape \(2,\) and shape \(3,\)"):
        collate([torch.ones(2), torch.ones(3)])


@pytest.mark.parametrize(("samples", "words"), [
    ([(np.zeros(2), 0), (np.zeros(2), 0), (np.zeros((2, 1)), 0)], r"samples 40 and 42 .* x is shape \(2,\) and shape \(2, 1\)"),
    ([(np.zeros(2), [1]), (np.zeros(2), [1, 2])], r"samples 40 and 41 .* y is shape \(1,\) and shape \(2,\)"),
    ([(np.zeros(2, np.uint8), 0), (np.zeros(2), 0)], r"samples 40 and 41 .* x is uint8 and float64"),
    ([{"a": np.zeros(1)}, {"a": np.zeros(2)}], r"\['a'\] is shape \(1,\) and shape \(2,\)"),
    ([(1, 2), (1, 2, 3)], r"samples 40 and 41 do not fit into one batch: a tuple of 2 and a tuple of 3"),
    ([(1, 2), 3], "a tuple of 2 and an int"),
    ([{"a": 1}, {"b": 1}], "a dictionary of 'a' and a dictionary of 'b'"),
    ([(({"a": 1},), 2), (({"b": 1},), 2)], r"x\[0\] is a dictionary of 'a' and a dictionary of 'b'"),
])
def test_samples_that_differ_are_named(samples, words):
    with pytest.raises(ValueError, match=r"^\[Loader\] .*" + words + r".*; bring them to one form .* or pass collate="):
        collate(samples, range(40, 40 + len(samples)))


@pytest.mark.parametrize(("samples", "words"), [
    ([(1, None)], "sample 40 holds None at y, which cannot be put into an array: leave it out of the sample"),
    ([(1, 2), (object(), 2)], "sample 41 holds an object at x"),
    ([(np.array(["a"]), 2)], "sample 40 holds a ndarray at x"),
])
def test_what_is_no_array_is_named(samples, words):
    with pytest.raises(TypeError, match=r"^\[Loader\] " + words):
        collate(samples, range(40, 40 + len(samples)))


def test_a_picture_is_told_how_to_become_an_array():
    Image = type("Image", (), {"__module__": "PIL.Image", "__array__": lambda self, dtype=None, copy=None: np.zeros((4, 4, 3))})
    with pytest.raises(TypeError, match=r"holds an Image at x, .* np.asarray\(image\).transpose\(2, 0, 1\)"):
        collate([(Image(), 0)])


def test_what_is_no_array_stays_as_it_is_in_a_ready_batch():
    thing = object()
    same(arrays_of((thing, ["a", "b"], [1, 2])), (thing, ["a", "b"], np.array([1, 2])))
