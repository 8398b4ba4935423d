"""Strategies draw what they promise, and say what is wrong."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

import minigrad as mg
from minigrad.testing import strategies as mgst

few = settings(max_examples=50)


@few
@given(mgst.shapes(1, 2, 3, 4), st.sampled_from([2, 3]).flatmap(lambda n: mgst.broadcastable_shapes(n)))
def test_shapes(shape, shapes):
    assert 1 <= len(shape) <= 2
    assert all(3 <= side <= 4 for side in shape)
    assert len(np.broadcast_shapes(*shapes)) <= 3


@pytest.mark.parametrize("wanted", [lambda s: s == (), lambda s: 0 in s, lambda s: s == (4, 4, 4)])
def test_every_kind_of_shape_is_drawn(wanted):
    assert wanted(find(mgst.shapes(), wanted, settings=settings(max_examples=5000, database=None)))


@few
@given(st.integers(0, 60).flatmap(mgst.generic(-1, 2, away_from=(0, 1))), st.integers(0, 60).flatmap(mgst.generic()))
def test_generic_numbers_are_apart(narrow, wide):
    for a, low, high, kinks in ((narrow, -1, 2, (0, 1)), (wide, -3, 3, (0,))):
        assert ((low <= a) & (a <= high)).all()
        apart = (high - low) / (4 * (a.size + 6))
        assert (np.diff(np.sort(a)) > apart).all()
        assert all((np.abs(a - kink) > apart / 2).all() for kink in kinks)
        assert all(len(str(x)) <= 8 for x in a)


@few
@given(mgst.at(0, 1)(20), mgst.near(0, 1)(20), mgst.at(0, among=mgst.generic())(20), mgst.special()(30))
def test_kinks_and_special_numbers(at, near, among, special):
    assert set(at) <= {0, 1}
    distance = np.minimum(np.abs(near), np.abs(near - 1))
    assert ((distance > 0) & (distance <= 1.001e-3)).all()
    assert 0 < np.count_nonzero(among == 0) < 20
    assert set(np.abs(special[~np.isfinite(special) | (np.abs(special) < 1e-30) | (np.abs(special) > 9)]).astype(str)) <= {
        "nan", "inf", "0.0", "1e-40", "5e-324", "3e+38", "1e+300"}


def test_mixed_draws_each_of_its_families():
    family = mgst.mixed(mgst.at(7), mgst.generic())
    assert find(family(2), lambda a: (a == 7).all()).tolist() == [7, 7]
    assert (find(family(2), lambda a: (a != 7).all()) != 7).all()


@few
@given(mgst.arrays(dtype=mgst.dtypes(half=True)), mgst.arrays(shape=(2, 3), layout="F"),
       mgst.arrays(shape=4, dtype=np.int64, elements=st.integers(0, 5)))
def test_arrays(any_array, fortran, integers):
    assert any_array.dtype in (np.float64, np.float32, np.float16)
    assert fortran.flags.f_contiguous
    assert fortran.shape == (2, 3)
    assert integers.shape == (4,)
    assert integers.dtype == np.int64
    assert ((integers >= 0) & (integers <= 5)).all()


@few
@given(mgst.tensors(shape=(2, 2), dtype=np.float32, layout="strided"), mgst.tensors(requires_grad=False))
def test_tensors_share_an_array(t, constant):
    assert isinstance(t, mg.Tensor)
    assert t.requires_grad
    assert t.data.strides == (16, 8)
    assert not constant.requires_grad


@few
@given(mgst.broadcastable(3), mgst.broadcastable(2, as_tensors=True, dtype=np.float32))
def test_broadcastable_arrays_have_no_number_in_common(arrays, tensors):
    np.broadcast_shapes(*[a.shape for a in arrays])
    numbers = np.concatenate([a.ravel() for a in arrays])
    assert len(set(numbers)) == numbers.size
    assert all(t.requires_grad and t.dtype == np.float32 for t in tensors)


@pytest.mark.parametrize(("wrong", "message"), [
    (lambda: mgst.shapes(3, 2), r"\[shapes\] expected 0 <= min <= max, found dims 3 to 2"),
    (lambda: mgst.broadcastable_shapes(2, min_side=5), r"\[broadcastable_shapes\] .*sides 5 to 4"),
    (lambda: mgst.layouts("rows"), r"\[layouts\] there is no layout 'rows': choose among C"),
    (lambda: mgst.generic(2, 1), r"\[generic\] expected low < high, found 2 and 1"),
    (lambda: mgst.at(), r"\[at\] expected one point or more, such as at\(0\)"),
    (lambda: mgst.near(), r"\[near\] expected one point or more"),
    (lambda: mgst.mixed(), r"\[mixed\] expected families"),
])
def test_wrong_arguments(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()


def test_values_and_elements_exclude_each_other():
    with pytest.raises(TypeError, match=r"\[arrays\] values and elements are two ways to say the same"):
        find(mgst.arrays(shape=(2,), values=mgst.generic(), elements=st.floats(0, 1)), lambda a: True)


def test_without_hypothesis():
    script = ("import sys\nsys.modules['hypothesis'] = None\nimport minigrad as mg\nmg.testing.gradcheck\n"
              "try:\n    mg.testing.gradfuzz\nexcept ImportError as error:\n    print(error)")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout == ("[minigrad.testing] the strategies and gradfuzz need hypothesis: "
                           "pip install 'minigrad-engine[testing]'\n"), done.stderr
