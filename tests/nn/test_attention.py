"""Attention and transformers against PyTorch's, state dicts exchanged: outputs, weights, every gradient."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

E, H, L, S, N = 8, 2, 5, 4, 3


@pytest.fixture(autouse=True)
def in_double():
    mg.set_default_dtype(np.float64)


def same(a, b, tolerance=1e-9):
    assert a.shape == tuple(b.shape)
    np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=tolerance, atol=tolerance)


def exchanged(ours, theirs):
    theirs = theirs.double()
    rng = np.random.default_rng(3)
    for p in theirs.parameters():
        p.data = torch.tensor(rng.standard_normal(tuple(p.shape)) / 2)
    ours.load_state_dict(theirs.state_dict())
    theirs.load_state_dict({name: torch.from_numpy(a) for name, a in ours.state_dict().items()})
    assert [n for n, _ in ours.named_parameters()] == [n for n, _ in theirs.named_parameters()]
    return ours, theirs


def compare(ours, theirs, inputs, repeat=(), **options):
    """repeat: which of the inputs are given, in order; options: masks, as arrays."""
    rng = np.random.default_rng(1)
    xs, ts = ([wrap(a) for a in inputs] for wrap in (lambda a: mg.tensor(a, requires_grad=True),
                                                     lambda a: torch.tensor(a, requires_grad=True)))
    order = repeat or range(len(inputs))
    wrapped = {name: torch.tensor(a) if isinstance(a, np.ndarray) else a for name, a in options.items()}
    ys = ours(*[xs[i] for i in order], **options)
    tys = theirs(*[ts[i] for i in order], **wrapped)
    pairs = [p for p in zip(ys, tys, strict=True) if p[1] is not None] if isinstance(ys, tuple) else [(ys, tys)]
    loss = tloss = 0
    for y, ty in pairs:
        same(y, ty)
        g = rng.standard_normal(y.shape)
        loss, tloss = loss + (y * g).sum(), tloss + (ty * torch.tensor(g)).sum()
    loss.backward()
    tloss.backward()
    for x, t in zip(xs, ts, strict=True):
        same(x.grad, t.grad)
    for (name, p), tp in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        assert (p.grad is None) == (tp.grad is None), name
        if p.grad is not None:
            same(p.grad, tp.grad)


def numbers(*shape):
    return np.random.default_rng(0).standard_normal(shape)


PADDING = np.array([[False, False, True, True], [False] * 4, [False, True, False, False]])
ATTENTION = {
    "plain": ({}, {}), "no bias": ({"bias": False}, {}), "other sizes": ({"kdim": 6, "vdim": 7}, {}),
    "no weights": ({}, {"need_weights": False}), "weights of each head": ({}, {"average_attn_weights": False}),
    "a mask of booleans": ({}, {"attn_mask": np.arange(L)[:, None] + 1 < np.arange(S)}),
    "a mask of numbers": ({}, {"attn_mask": numbers(L, S)}), "a mask for each head": ({}, {"attn_mask": numbers(N * H, L, S)}),
    "padding": ({}, {"key_padding_mask": PADDING}), "padding in numbers": ({}, {"key_padding_mask": numbers(N, S)}),
    "padding and a mask": ({}, {"key_padding_mask": PADDING, "attn_mask": np.arange(L)[:, None] + 2 < np.arange(S)}),
    "one key more": ({"add_bias_kv": True}, {}), "a key of zeros": ({"add_zero_attn": True}, {}),
    "both, and masks": ({"add_bias_kv": True, "add_zero_attn": True}, {"key_padding_mask": PADDING, "attn_mask": PADDING.any()
                                                                      & np.zeros((L, S), bool)}),
}


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("name", ATTENTION)
def test_attention(name, batch_first, device):
    options, call = ATTENTION[name]
    ours, theirs = exchanged(*(n.MultiheadAttention(E, H, batch_first=batch_first, **options) for n in (nn, torch.nn)))
    inputs = [numbers(L, N, E), numbers(S, N, options.get("kdim", E)), numbers(S, N, options.get("vdim", E))]
    compare(ours, theirs, [a.transpose(1, 0, 2) if batch_first else a for a in inputs], **call)


@pytest.mark.parametrize("batch_first", [False, True])
def test_self_attention(batch_first):
    ours, theirs = exchanged(*(n.MultiheadAttention(E, H, batch_first=batch_first) for n in (nn, torch.nn)))
    x = numbers(N, L, E) if batch_first else numbers(L, N, E)
    compare(ours, theirs, [x], (0, 0, 0))
    ours.zero_grad(), theirs.zero_grad()
    compare(ours, theirs, [x], (0, 0, 0), attn_mask=np.triu(np.ones((L, L), bool), 1), is_causal=True)
    y, w = ours(mg.tensor(x), mg.tensor(x), mg.tensor(x), is_causal=True)
    ty, tw = theirs(*[torch.tensor(x)] * 3, attn_mask=torch.triu(torch.ones(L, L, dtype=torch.bool), 1))
    same(y, ty)
    same(w, tw)


def test_attention_without_a_batch():
    ours, theirs = exchanged(*(n.MultiheadAttention(E, H, batch_first=True) for n in (nn, torch.nn)))
    compare(ours, theirs, [numbers(L, E), numbers(S, E), numbers(S, E)])
    ours.zero_grad(), theirs.zero_grad()
    compare(ours, theirs, [numbers(L, E)], (0, 0, 0), key_padding_mask=np.array([False] * 4 + [True]))


def test_a_query_that_may_look_nowhere_gets_nan_as_in_pytorch():
    ours, theirs = exchanged(*(n.MultiheadAttention(E, H) for n in (nn, torch.nn)))
    mask = np.array([[True] * S] + [[False] * S] * (L - 1))
    a, b = numbers(L, N, E), numbers(S, N, E)
    same(ours(a, b, b, attn_mask=mask)[0], theirs(*map(torch.tensor, (a, b, b)), attn_mask=torch.tensor(mask))[0])


@pytest.mark.parametrize("options", [{}, {"norm_first": True}, {"batch_first": True, "bias": False}, {"activation": "tanh"},
                                     {"activation": "gelu"}],
                         ids=str)
def test_encoder_and_decoder_layers(options, device):
    ours_options, their_options = dict(options), dict(options)
    if options.get("activation") == "tanh":
        ours_options["activation"], their_options["activation"] = mg.tanh, torch.tanh
    for name, inputs, masks in (
            ("TransformerEncoderLayer", [numbers(L, N, E)], {"src_mask": numbers(L, L)}),
            ("TransformerDecoderLayer", [numbers(L, N, E), numbers(S, N, E)], {"tgt_mask": np.triu(np.ones((L, L), bool), 1)})):
        ours, theirs = exchanged(getattr(nn, name)(E, H, 16, 0.0, **ours_options),
                                 getattr(torch.nn, name)(E, H, 16, 0.0, **their_options))
        inputs = [a.transpose(1, 0, 2).copy() if options.get("batch_first") else a for a in inputs]
        compare(ours, theirs, inputs)
        ours.zero_grad(), theirs.zero_grad()
        compare(ours, theirs, inputs, **masks)


def test_stacks():
    made = []
    for n in (nn, torch.nn):
        layer = n.TransformerEncoderLayer(E, H, 16, 0.0)
        extra = {} if n is nn else {"enable_nested_tensor": False}
        made.append(n.TransformerEncoder(layer, 2, n.LayerNorm(E) if n is torch.nn else nn.transformer.LayerNorm(E), **extra))
    compare(*exchanged(*made), [numbers(L, N, E)], mask=np.triu(np.ones((L, L), bool), 1))
    made = [n.TransformerDecoder(n.TransformerDecoderLayer(E, H, 16, 0.0), 2) for n in (nn, torch.nn)]
    compare(*exchanged(*made), [numbers(L, N, E), numbers(S, N, E)])
    layers = made[0].layers
    assert layers[0] is not layers[1] and layers[0].linear1.weight is not layers[1].linear1.weight


@pytest.mark.filterwarnings("ignore:enable_nested_tensor is True:UserWarning")
def test_the_whole_transformer():
    sizes = {"d_model": E, "nhead": H, "num_encoder_layers": 2, "num_decoder_layers": 1, "dim_feedforward": 16, "dropout": 0.0}
    ours, theirs = exchanged(nn.Transformer(**sizes), torch.nn.Transformer(**sizes))
    compare(ours, theirs, [numbers(S, N, E), numbers(L, N, E)], tgt_mask=ours.generate_square_subsequent_mask(L).astype(float))


def test_dropout_in_training_only():
    layer = nn.TransformerEncoderLayer(E, H, 16, 0.5)
    x = mg.tensor(numbers(L, N, E))
    assert (layer(x).detach().numpy() != layer(x).detach().numpy()).any()
    layer.eval()
    np.testing.assert_array_equal(layer(x).detach().numpy(), layer(x).detach().numpy())


def test_positions():
    layer = nn.PositionalEncoding(6, 0.0, max_len=10)
    y = layer(mg.zeros((4, 2, 6))).numpy()
    place, i = 3, 1
    assert y[place, 0, 2 * i] == pytest.approx(np.sin(place / 10000 ** (2 * i / 6)))
    assert y[place, 1, 2 * i + 1] == pytest.approx(np.cos(place / 10000 ** (2 * i / 6)))
    first = nn.PositionalEncoding(6, 0.0, batch_first=True)(mg.zeros((2, 4, 6))).numpy()
    np.testing.assert_array_equal(first, y.transpose(1, 0, 2))
    assert layer.state_dict() == {} and nn.PositionalEncoding(5)(mg.zeros((2, 5))).shape == (2, 5)
    with pytest.raises(ValueError, match=r"\[PositionalEncoding\] expected x of at most 10 steps with 6 features"):
        layer(mg.zeros((11, 2, 6)))


def test_what_is_refused():
    layer = nn.MultiheadAttention(E, H)
    x, y = mg.zeros((L, N, E)), mg.zeros((S, N, E))
    for call, error, message in (
            (lambda: nn.MultiheadAttention(E, 3), ValueError, r"num_heads must divide embed_dim: embed_dim 8, num_heads 3"),
            (lambda: layer(x, y, x), ValueError, r"query, key and value do not go together: \(5, 3, 8\), \(4, 3, 8\)"),
            (lambda: layer(mg.zeros((L, N, 7)), y, y), ValueError, r"expected query with 2 or 3 axes and 8 features"),
            (lambda: layer(x, mg.zeros((S, 2, E)), mg.zeros((S, 2, E))), ValueError, r"query has 3 rows in its batch, key 2"),
            (lambda: layer(x, y, y, attn_mask=np.zeros((S, L))), ValueError, r"attn_mask must be \(5, 4\) or \(6, 5, 4\)"),
            (lambda: layer(x, y, y, np.zeros((N, S), int)), TypeError, r"key_padding_mask must be of booleans, .* found int64"),
            (lambda: nn.TransformerEncoderLayer(E, H, activation="sin"), ValueError, r"activation must be 'relu', 'gelu'"),
            (lambda: layer(*[np.zeros((L, N, E), np.uint8)] * 3), TypeError, r"x is uint8, raw pixels")):
        with pytest.raises(error, match=message):
            call()
