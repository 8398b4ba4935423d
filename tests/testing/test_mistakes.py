"""Every standard mistake, made in the gradients of a network of two layers with a cross entropy, is named; noise is not."""

import re

import numpy as np
import pytest

import minigrad as mg
from minigrad.testing.mistakes import explain_mismatch

N, D, H, C = 6, 5, 4, 3
R = np.random.default_rng(7)
X = R.standard_normal((N, D))
LABELS = R.integers(0, C, N)
P = {"w1": R.standard_normal((D, H)), "b1": R.standard_normal(H), "w2": R.standard_normal((H, C)), "b2": R.standard_normal(C)}


def by_engine(dtype=np.float64):
    p = {name: mg.Tensor(a, dtype=dtype, requires_grad=True) for name, a in P.items()}
    h = mg.relu(X @ p["w1"] + p["b1"])
    mg.cross_entropy(h @ p["w2"] + p["b2"], LABELS).backward()
    return {name: t.grad for name, t in p.items()}


def by_hand(mean=True, relu_mask=True, transposed=False, minus_one=True):
    """The same as a student writes it, mistakes on request."""
    z = X @ P["w1"] + P["b1"]
    h = np.maximum(z, 0)
    s = h @ P["w2"] + P["b2"]
    e = np.exp(s - s.max(1, keepdims=True))
    gs = e / e.sum(1, keepdims=True)
    if minus_one:
        gs[np.arange(N), LABELS] -= 1
    gs /= N if mean else 1
    gh = gs @ P["w2"].T
    gz = gh * (z > 0) if relu_mask else gh
    g = {"w1": X.T @ gz, "b1": gz.sum(0), "w2": h.T @ gs, "b2": gs.sum(0)}
    return g | {"w1": gz.T @ X, "w2": gs.T @ h} if transposed else g, gz


RIGHT = by_engine()
W1, B1 = RIGHT["w1"].numpy(), RIGHT["b1"].numpy()
G, GZ = by_hand()


def test_a_right_gradient_is_right_in_either_precision():
    for dtype in (np.float64, np.float32):
        found = explain_mismatch(G, by_engine(dtype))
        assert found.right and found.name == "right" and found.error < 1e-4
        assert [part.right for part in found.parts.values()] == [True] * 4
        assert re.match(r"w1: It agrees with the engine's in all of its 20 entries \(relative error at most .*\)\.\nb1: ",
                        str(found))


@pytest.mark.parametrize("mistake, name, sentence", [
    (dict(mean=False), "missing 1/N", "It is 6 times the engine's, and 6 is the size of a batch or an axis: is the 1/6 of"),
    (dict(transposed=True), "transposed", "It is the engine's transposed"),
])
def test_a_mistake_in_the_whole_network(mistake, name, sentence):
    found = explain_mismatch(by_hand(**mistake)[0], RIGHT, sizes=[N])
    assert not found.right and found.parts["w1"].name == found.parts["w2"].name == found.name == name
    assert f"w1: {sentence}" in str(found)


def test_a_forgotten_relu_mask_is_seen_where_the_mask_meets_the_gradient():
    gz = mg.Tensor(GZ)
    forgotten = by_hand(relu_mask=False)[1]
    found = explain_mismatch(forgotten, gz)
    zeros = np.count_nonzero(GZ == 0)
    assert found.name == "missing mask" and f"in {zeros} of 24 entries it should be 0 and is not: is a mask" in str(found)
    keep = (GZ != 0) * 1.25         # a dropout's mask, which scales as well
    found = explain_mismatch(forgotten, forgotten * keep, mask=keep)
    assert found.name == "missing mask"
    assert str(found) == "It is the engine's once multiplied by the mask: is the mask forgotten?"


def test_a_mistake_without_a_name_is_not_given_one():
    found = explain_mismatch(by_hand(minus_one=False)[0], RIGHT, sizes=[N])
    assert {name: part.name for name, part in found.parts.items()} == dict.fromkeys(P, "unknown")
    a, b = by_hand(minus_one=False)[0]["w1"], W1
    index = tuple(map(int, re.search(r"differ most at index \((\d), (\d)\)", str(found)).groups()))
    assert f"{a[index]:.6g} where the engine's is {b[index]:.6g} (relative error" in str(found)


ROWS = np.where(np.arange(D)[:, None] == 2, W1, 0)
SIX = np.arange(20).reshape(5, 4) == 6
SOME = np.arange(20).reshape(5, 4) % 3
CONV = R.standard_normal((2, 3, 3, 3))
MISTAKES = {
    "sign": (-W1, W1, "It is minus the engine's: is a sign lost?"),
    "twice": (2 * W1, W1, "It is 2 times the engine's: was it accumulated twice"),
    "half": (W1 / 2, W1, "It is half of the engine's: is a factor 2 missing"),
    "missing 1/N": (-5 * W1, W1, "It is minus 5 times the engine's, and 5 is the size of a batch or an axis"),
    "1/N too much": (W1 / 20, W1, "It is 1/20 of the engine's, and 20 is the size of a batch or an axis"),
    "factor": (3 * W1, W1, "It is 3 times the engine's in every entry: were 3 backward passes accumulated?"),
    "zero": (np.zeros_like(W1), W1, "It is zero everywhere, where the engine's is not: was it forgotten"),
    "transposed": (CONV.transpose(1, 0, 2, 3), CONV, "It is the engine's transposed (its axes in the order (1, 0, 2, 3))"),
    "transposed, sign": (-W1.T, W1, "It is minus the engine's transposed: is a sign lost?"),
    "flipped": (CONV[..., ::-1, ::-1], CONV, "It is the engine's with the last two axes flipped (convolution for cross-"),
    "some rows": (ROWS, W1, "It equals the engine's in 1 of 5 places along axis 0, and is 0 in the others"),
    "masked": (np.where(SOME, W1, 0), W1, "It equals the engine's, but is 0 in 7 of 20 entries"),
    "not summed": (GZ, B1, "It has shape (6, 4), not (4,), and becomes the engine's summed over axis 0: was that forgotten"),
    "not averaged": (GZ, GZ.mean(0, keepdims=True), "It has shape (6, 4), not (1, 4), and becomes the engine's averaged over"),
    "summed": (GZ.sum(1), GZ, "It is the sum of the engine's over axis 1, which should not be taken."),
    "mean": (np.broadcast_to(GZ.mean(1, keepdims=True), GZ.shape), GZ, "It is the mean of the engine's over axis 1, which"),
    "one example": (GZ[3], GZ, "It is the engine's at index 3 of axis 0 alone: were the others forgotten?"),
    "reshaped": (CONV.reshape(6, 9), CONV, "It has the numbers of the engine's in the wrong shape: (6, 9), not (2, 3, 3, 3)."),
    "wrong axis": (GZ.sum(1), B1, "It has shape (6,), not (4,), and both add up to"),
    "not finite": (np.where(SIX, np.nan, W1), W1, "It is nan at index (1, 2): was there a division by 0"),
}


@pytest.mark.parametrize("name", MISTAKES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_each_standard_mistake(name, dtype):
    mine, engine, sentence = MISTAKES[name]
    found = explain_mismatch(mine.astype(dtype), mg.Tensor(engine.astype(dtype)))
    assert (found.name, found.right) == (name, False)
    assert str(found).startswith(sentence)
    assert explain_mismatch(engine, engine).right


def test_the_simplest_comes_first_and_the_others_follow():
    found = explain_mismatch(2 * W1[:2], W1[:2])        # 2 is also the size of an axis
    assert found.name == "twice" and "missing 1/N" in [other.name for other in found.others]


def test_noise_fits_nothing():
    for seed in range(100):
        r = np.random.default_rng(seed)
        shape = tuple(r.integers(1, 5, r.integers(1, 4)))
        a, b = r.standard_normal(shape), r.standard_normal(shape)
        assert explain_mismatch(a, b, sizes=[32]).name == "unknown", (shape, seed)
        assert explain_mismatch(a, b * (r.uniform(size=shape) < 0.5), mask=b > 0).name == "unknown", (shape, seed)
        other = r.standard_normal((3, *shape))
        assert explain_mismatch(a, other).name == "unknown", (shape, seed)


def test_one_wrong_entry_among_many():
    mine = W1.copy()
    mine[4, 1] *= 1.001
    found = explain_mismatch(mine, W1)
    assert found.name == "unknown" and 1e-4 < found.error < 1e-3
    assert str(found).startswith(
        "It differs from the engine's in 1 of 20 entries, and no standard mistake fits. They differ most at index (4, 1): "
        f"{mine[4, 1]:.6g} where the engine's is {W1[4, 1]:.6g} (relative error")


def test_tensors_lists_numbers_and_structures():
    assert explain_mismatch([[1, 2], [3, 4]], mg.Tensor([[1, 3], [2, 4]])).name == "transposed"
    assert explain_mismatch(-2.0, 2).name == "sign"
    assert explain_mismatch(3.5, 2).name == "unknown"
    assert str(explain_mismatch(2.0, 2)) == "It agrees with the engine's in its one entry (relative error at most 0.0e+00)."
    assert explain_mismatch(np.zeros((0, 2)), np.zeros((0, 2))).right
    found = explain_mismatch({"layers": [{"w": W1}, {"w": -B1}], "b": 2 * B1}, {"layers": [{"w": W1}, {"w": B1}], "b": B1})
    assert found.name == "several" and list(found.parts) == ["layers.0.w", "layers.1.w", "b"]
    assert [part.name for part in found.parts.values()] == ["right", "sign", "twice"]


def test_errors():
    with pytest.raises(ValueError, match=re.escape("[explain_mismatch] the structures differ at the top: one has ['w'], the")):
        explain_mismatch({"w": W1}, {"v": W1})
    with pytest.raises(ValueError, match=re.escape("the structures differ at w: one is a ndarray, the other a list")):
        explain_mismatch({"w": W1}, {"w": [W1]})
    found = explain_mismatch(W1, None)
    assert found.name == "none" and not found.right and "no gradient arrived" in str(found)
    assert explain_mismatch(7 * W1, W1, sizes=7).name == "missing 1/N"
    found = explain_mismatch(np.ones((2, 3)), np.arange(20.0).reshape(4, 5))
    assert str(found) == "It has shape (2, 3), but the engine's has (4, 5), and no standard mistake turns one into the other."
