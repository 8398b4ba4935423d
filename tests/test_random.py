"""One seed: manual_seed restarts every stream, states can be saved and brought back."""

import sys
import threading

import numpy as np
import pytest

import minigrad as mg
from minigrad import random


def draws():
    """Something from every stream: initial weights, two kinds, and dropout masks."""
    return [mg.randn((3, 4)).tolist(), mg.rand(5).tolist(), mg.dropout(mg.ones(64), 0.5).tolist(),
            mg.dropout(mg.ones(64), 0.5).tolist()]


def test_the_same_seed_gives_the_same_numbers(device):
    mg.manual_seed(7)
    first = draws()
    mg.manual_seed(7)
    assert draws() == first
    mg.manual_seed(8)
    assert all(a != b for a, b in zip(draws(), first))


def test_streams_differ_from_one_another(device):
    mg.manual_seed(7)
    a, b = mg.randn(100), mg.randn(100)
    _, _, m1, m2 = draws()
    assert a.tolist() != b.tolist() and m1 != m2
    assert abs(np.corrcoef(a.numpy(), b.numpy())[0, 1]) < 0.4


def test_streams_do_not_disturb_one_another(device):
    """Weights do not depend on how many masks were drawn, nor masks on how many weights."""
    mg.manual_seed(7)
    weights, masks = mg.randn(5).tolist(), mg.dropout(mg.ones(64), 0.5).tolist()
    mg.manual_seed(7)
    assert mg.dropout(mg.ones(64), 0.5).tolist() == masks
    assert mg.randn(5).tolist() == weights


def test_numpys_own_generator_is_left_alone():
    np.random.seed(0)  # noqa: NPY002
    expected = np.random.random()  # noqa: NPY002
    np.random.seed(0)  # noqa: NPY002
    mg.manual_seed(3)
    draws()
    assert np.random.random() == expected  # noqa: NPY002


def test_state_round_trip(device):
    mg.manual_seed(2**64 - 1)
    draws()
    state = random.get_state()
    expected = draws()
    draws()
    random.set_state(state)
    assert draws() == expected
    random.set_state(state)
    assert draws() == expected                      # what was drawn since did not move the saved state


def test_threads_never_draw_the_same(device):
    """4 threads, 20,000 masks and 2,000 initial weights: each once. The streams end where one thread would leave them."""
    masks, weights = [], []
    before = sys.getswitchinterval()

    def draw():
        for i in range(5000):
            masks.append(mg.dropout(mg.ones(64), 0.5).numpy().tobytes())
            if i % 10 == 0:
                weights.append(mg.rand(4).numpy().tobytes())

    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=draw) for _ in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    finally:
        sys.setswitchinterval(before)
    assert len(masks) == len(set(masks)) == 20_000 and len(weights) == len(set(weights)) == 2000
    state = random.get_state()
    assert state["streams"].tolist() == [0, 2000] and state[f"dropout.{device}"].tolist() == [0, 20_000]


def test_state_is_arrays_by_name(device):
    mg.manual_seed(5)
    draws()
    state = random.get_state()
    assert set(state) == {"streams", f"dropout.{device}"}
    assert all(isinstance(a, np.ndarray) and a.dtype == np.uint64 for a in state.values())
    assert state["streams"].tolist() == [5, 2]
    state["streams"][:] = 0
    assert random.get_state()["streams"].tolist() == [5, 2]


def test_a_state_from_before_the_first_mask(device):
    mg.manual_seed(5)
    state = random.get_state()
    expected = draws()
    random.set_state(state)
    assert draws() == expected


@pytest.mark.parametrize("seed", [0, 1, 2**64 - 1, np.int64(3), np.uint8(3)])
def test_seeds(seed):
    mg.manual_seed(seed)
    assert random.get_state()["streams"].tolist() == [int(seed), 0]


@pytest.mark.parametrize("seed, error, message", [
    (1.0, TypeError, r"expected an int, found float"), ("1", TypeError, "found str"),
    (None, TypeError, "found NoneType"),
    (True, TypeError, "found bool"), (np.array([1, 2]), TypeError, "found ndarray"),
    (-1, ValueError, r"0 \.\. 2\^64 - 1, found -1"),
    (2**64, ValueError, "found 18446744073709551616"),
])
def test_what_is_no_seed(seed, error, message):
    before = random.get_state()["streams"].tolist()
    with pytest.raises(error, match=rf"\[manual_seed\] .*{message}"):
        mg.manual_seed(seed)
    assert random.get_state()["streams"].tolist() == before


def test_distributions():
    mg.manual_seed(0)
    n, u = mg.randn(20000, dtype=np.float64).numpy(), mg.rand(20000).numpy()
    assert abs(n.mean()) < 0.03 and abs(n.std() - 1) < 0.03
    assert u.min() >= 0 and u.max() < 1 and abs(u.mean() - 0.5) < 0.01 and u.dtype == np.float32
