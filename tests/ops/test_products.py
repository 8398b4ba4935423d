"""Products and einsum: orders of contraction, dtypes, errors. Values and gradients: test_every_operation.py."""

import re

import numpy as np
import pytest

import minigrad as mg
from minigrad.ops.einsum import contraction_order

RNG = np.random.default_rng(0)


def test_einsum_multiplies_what_costs_least_first():
    """A chain from a vector: matrix by vector, never matrix by matrix; and the order that numpy's greedy one finds."""
    labels, sizes = (("b", "i"), ("i", "j"), ("b", "j")), (("b", 2), ("i", 50), ("j", 50))
    assert contraction_order(labels, sizes, ("b",)) in (((0, 1), (0, 1)), ((0, 2), (0, 1)), ((1, 2), (0, 1)))
    shapes = {"i": 30, "j": 30, "k": 30, "l": 1}
    order = contraction_order((("i", "j"), ("j", "k"), ("k", "l")), tuple(shapes.items()), ("i", "l"))
    assert order[0] == (1, 2)
    arrays = [RNG.standard_normal((8, 8)) for _ in range(6)]
    text = "ab,bc,cd,de,ef,fa->"
    np.testing.assert_allclose(mg.einsum(text, *map(mg.tensor, arrays)).numpy(), np.einsum(text, *arrays, optimize=True))


def test_einsum_goes_through_matmul():
    """A pair with something to sum is one product; nothing of the size of all axes is made."""
    k = mg.tensor([1.0]).k
    a, b = (mg.Tensor(RNG.standard_normal((2, 3, 4, 5)), dtype=np.float32) for _ in range(2))
    calls = []
    original = type(k).matmul
    type(k).matmul = lambda self, x, y, out=None: calls.append((x.shape, y.shape)) or original(self, x, y, out)
    try:
        mg.einsum("bhqd,bhkd->bhqk", a, b)
    finally:
        type(k).matmul = original
    assert calls == [((2, 3, 4, 5), (2, 3, 5, 4))]


def test_einsum_keeps_integers_and_booleans():
    a = np.full((3, 3), 100, np.uint8)
    y = mg.einsum("ij,jk", mg.tensor(a), mg.tensor(a))
    assert y.dtype == np.uint8 and y.tolist() == np.einsum("ij,jk", a, a).tolist()
    y = mg.einsum("ij->i", mg.tensor([[True, True], [False, False]]))
    assert y.dtype == np.bool_ and y.tolist() == [True, False]
    assert mg.einsum("i,i", mg.tensor([1, 2]), mg.Tensor([0.5, 1])).dtype == np.float32


def test_numpys_names_give_tensors():
    a = mg.Tensor(RNG.standard_normal((3, 3)), requires_grad=True)
    for y in (np.einsum("ij,ij", a, a, optimize=True), np.tensordot(a, a, axes=1), np.kron(a, a), np.trace(a), np.inner(a, a),
              np.linalg.solve(a, a), np.linalg.norm(a), np.linalg.matrix_power(a, 2), np.linalg.svd(a).S, np.cross(a, a),
              *([np.vecdot(a, a)] if hasattr(np, "vecdot") else []), np.linalg.multi_dot([a, a, a]), np.linalg.matrix_rank(a)):
        assert isinstance(y, mg.Tensor)


@pytest.mark.parametrize("call, text", [
    (lambda z: mg.einsum("ij,jk", z((2, 3))),
     "[einsum] the subscripts name 2 operands, but 1 are given: 'ij,jk', operands (2, 3)"),
    (lambda z: mg.einsum("ij,jk", z((2, 3)), z((4, 2))), "[einsum] the axis 'j' has sizes 3 and 4"),
    (lambda z: mg.einsum("i", z((2, 3))), "[einsum] 'i' names 1 axes, but its operand has 2"),
    (lambda z: mg.einsum("i->j", z(2)), "[einsum] the result names ['j'], which no operand has"),
    (lambda z: mg.einsum("i->ii", z(2)), "[einsum] the result names an axis twice"),
    (lambda z: mg.einsum("...i->i", z((2, 3))), "[einsum] the operands have axes of '...', but the result has none"),
    (lambda z: mg.einsum("i-j", z(2)), "[einsum] subscripts are letters"),
    (lambda z: mg.einsum("ii", z((1, 3))), "[einsum] no diagonal, as an axis that is named twice has two sizes"),
    (lambda z: mg.einsum(z(2)), "[einsum] expected subscripts before the operands"),
    (lambda z: mg.einsum(z(2), [60]), "[einsum] axes are named by 0 to 51, found [60]"),
    (lambda z: mg.tensordot(z((2, 3)), z((2, 3)), 1),
     "[tensordot] axes [1] of a and [0] of b differ in their sizes: a (2, 3), b (2, 3)"),
    (lambda z: mg.tensordot(z(2), z(2), 2),
     "[tensordot] axes must be 0 to the number of axes of both, found 2: a (2,), b (2,)"),
    (lambda z: mg.dot(z((2, 3)), z((2, 3))), "[dot] axis -1 of a has 3 numbers but axis -2 of b has 2: a (2, 3), b (2, 3)"),
    (lambda z: mg.vdot(z(2), z(3)), "[vdot] a has 2 numbers but b has 3: a (2,), b (3,)"),
    (lambda z: mg.cross(z(4), z(4)), "[cross] vectors have 3 numbers or 2, found 4 and 4: a (4,), b (4,)"),
    (lambda z: mg.trace(z(4)), "[trace] expected two axes at least, found shape (4,)"),
    (lambda z: mg.trace(z((4, 4)), 0, 1, 1), "[trace] an axis is named twice in (1, 1)"),
    (lambda z: mg.matrix_power(z((2, 3)), 2), "[matrix_power] expected a square matrix, found shape (2, 3)"),
])
def test_errors(call, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        call(mg.zeros)
