"""Layouts: the same numbers, other strides."""

import numpy as np
import pytest

from minigrad.testing.memory import LAYOUTS, arrange, laid, relaid

SHAPES = [(), (0,), (3,), (2, 0, 3), (2, 3), (2, 3, 4), (2, 3, 2, 2)]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, np.bool_])
def test_arrange_keeps_the_numbers(layout, dtype):
    for shape in SHAPES:
        a = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
        b = arrange(a, layout)
        assert type(b) is np.ndarray
        assert b.dtype == a.dtype
        assert not np.shares_memory(a, b)
        np.testing.assert_array_equal(a, b)


def test_strides_are_what_the_names_say():
    steps = {layout: tuple(s // 8 for s in arrange(np.ones((2, 3, 4)), layout).strides) for layout in LAYOUTS}
    assert steps == {"C": (12, 4, 1), "F": (1, 2, 6), "strided": (24, 8, 2), "reversed": (-12, -4, -1),
                     "transposed": (12, 1, 3), "channels-last": (12, 1, 3), "offset": (12, 4, 1)}
    assert arrange(np.ones((2, 3, 4, 5)), "channels-last").strides == (480, 8, 120, 24)
    assert arrange(np.ones(3), "offset").ctypes.data % 16 == 8


def test_gaps_are_not_numbers():
    assert np.isnan(arrange(np.ones(3), "strided").base[1::2]).all()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_relaid_keeps_the_strides_in_elements(layout):
    for shape in SHAPES[2:]:
        a = arrange(np.arange(np.prod(shape), dtype=np.float64).reshape(shape), layout)
        b = relaid(a, np.float32)
        assert b.dtype == np.float32
        assert b.strides == tuple(s // 2 for s in a.strides)
        np.testing.assert_array_equal(a, b)


def test_repeated_elements_stay_shared():
    a = np.broadcast_to(np.array([[1.0], [2.0]]), (2, 3))
    b = relaid(a, np.float32)
    assert b.strides == (4, 0)
    np.testing.assert_array_equal(a, b)
    assert laid(np.ones((2, 2)), (-5, 3)).strides == (-40, 24)


def test_an_unknown_layout():
    with pytest.raises(ValueError, match=r"\[arrange\] there is no layout 'fortran': choose one of C, F, strided"):
        arrange(np.ones(3), "fortran")
