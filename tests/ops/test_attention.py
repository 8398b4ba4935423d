"""Attention: rows that see nothing, masks, groups, dropout, errors. Values and gradients: test_every_operation.py."""

import re

import numpy as np
import pytest

import minigrad as mg

RNG = np.random.default_rng(0)
attention = mg.scaled_dot_product_attention


def heads(*shapes):
    return [mg.Tensor(RNG.standard_normal(s), requires_grad=True) for s in shapes]


@pytest.mark.parametrize("mask", [np.array([[True, False], [False, False]]), np.array([[0.5, -np.inf], [-np.inf, -np.inf]])],
                         ids=["booleans", "numbers"])
def test_a_query_that_sees_nothing_gets_zeros_and_gives_no_gradient(mask):
    q, k, v = heads((2, 3), (2, 3), (2, 3))
    y = attention(q, k, v, mask)
    np.testing.assert_allclose(y.detach().numpy(), [v.detach().numpy()[0], [0, 0, 0]])
    y.sum().backward(create_graph=True)
    assert all(np.isfinite(t.grad.detach().numpy()).all() for t in (q, k, v))
    assert q.grad.tolist() == np.zeros((2, 3)).tolist() and v.grad.tolist() == [[1, 1, 1], [0, 0, 0]]


def test_a_mask_is_differentiable():
    q, k, v, mask = heads((4, 3), (5, 3), (5, 2), (4, 5))
    attention(q, k, v, mask).sum().backward()
    assert mask.grad.shape == (4, 5) and np.abs(mask.grad.numpy()).max() > 1e-4


def test_groups_share_keys_and_values():
    q, k, v = heads((2, 6, 4, 3), (2, 2, 5, 3), (2, 2, 5, 3))
    y = attention(q, k, v, enable_gqa=True)
    wide = [mg.Tensor(np.repeat(t.detach().numpy(), 3, 1)) for t in (k, v)]
    np.testing.assert_allclose(y.detach().numpy(), attention(q, *wide).detach().numpy(), rtol=1e-12)
    mask = RNG.random((1, 6, 4, 5)) < 0.5
    np.testing.assert_allclose(attention(q, k, v, mask, enable_gqa=True).detach().numpy(),
                               attention(q, *wide, mask).detach().numpy(), rtol=1e-12)


def test_many_causal_queries_are_taken_in_blocks():
    q, k, v = heads((2, 300, 4), (2, 280, 4), (2, 280, 3))
    mask = np.tri(300, 280, dtype=bool)
    np.testing.assert_allclose(attention(q, k, v, is_causal=True).detach().numpy(), attention(q, k, v, mask).detach().numpy(),
                               rtol=1e-10)
    for mask in ({"is_causal": True}, {"attn_mask": mask}):
        attention(q, k, v, **mask).sum().backward()
    once = [mg.Tensor(t.detach().numpy(), requires_grad=True) for t in (q, k, v)]
    attention(*once, is_causal=True).sum().backward()
    for t, u in zip((q, k, v), once, strict=True):
        np.testing.assert_allclose(t.grad.numpy(), 2 * u.grad.numpy(), rtol=1e-9, atol=1e-12)


def test_dropout():
    mg.manual_seed(0)
    q, k, v = heads((8, 16), (200, 16), (200, 1))
    v = mg.ones((200, 1), dtype=np.float64)
    y = attention(q, k, v, dropout_p=0.5).detach().numpy()
    assert y.std() > 0 and abs(y.mean() - 1) < 0.2
    assert attention(q, k, v, dropout_p=0.0).detach().numpy() == pytest.approx(1)


@pytest.mark.parametrize("call, text", [
    (lambda z: attention(z((2, 3)), z((2, 4)), z((2, 4))),
     "queries and keys need the same length E, keys and values the same count"),
    (lambda z: attention(z((2, 3)), z((2, 3)), z((3, 3))), "query (2, 3), key (2, 3), value (3, 3)"),
    (lambda z: attention(z(3), z((2, 3)), z((2, 3))), "expected two axes at least"),
    (lambda z: attention(z((2, 3)), z((2, 3)), z((2, 3)), np.ones((2, 2), bool), is_causal=True),
     "found attn_mask beside is_causal=True"),
    (lambda z: attention(z((2, 3)), z((2, 3)), z((2, 3)), np.ones((3, 2), bool)), "shapes (2, 2) and (3, 2) do not broadcast"),
    (lambda z: attention(z((5, 2, 3)), z((2, 2, 3)), z((2, 2, 3)), enable_gqa=True), "enable_gqa needs axes"),
])
def test_errors(call, text):
    with pytest.raises(ValueError, match=re.escape("[scaled_dot_product_attention] ") + ".*" + re.escape(text)):
        call(mg.zeros)
