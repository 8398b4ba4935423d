"""RNN, LSTM, GRU and their cells against PyTorch's, state dicts exchanged both ways: outputs, states, every gradient."""

import copy
import itertools

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.kernels.recording import Recording

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

OPTIONS = [{}, {"bias": False}, {"num_layers": 2}, {"bidirectional": True}, {"num_layers": 2, "bidirectional": True},
           {"batch_first": True, "num_layers": 2}]
LAYERS = [*itertools.product(("RNN", "LSTM", "GRU"), OPTIONS), ("RNN", {"nonlinearity": "relu"}),
          ("RNN", {"nonlinearity": "relu", "num_layers": 2, "bidirectional": True})]


def same(a, b, tolerance):
    b = b.detach().numpy() if hasattr(b, "detach") else np.asarray(b)
    a = a.detach().numpy()
    assert a.shape == b.shape and a.dtype == b.dtype
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def flat(out):
    """The tensors of what a layer gives."""
    return [t for part in out for t in flat(part)] if isinstance(out, tuple) else [out]


def compare(ours, theirs, inputs, tolerance):
    """Outputs, and the gradients of a sum weighted by random numbers, in the inputs and in every parameter."""
    ours.load_state_dict(theirs.state_dict())
    theirs.load_state_dict({name: torch.from_numpy(a) for name, a in ours.state_dict().items()})
    ts = [torch.tensor(a, requires_grad=True) for a in inputs]
    xs = [mg.tensor(a, requires_grad=True) for a in inputs]
    packed = [(t[0], tuple(t[1:]) if len(t) > 2 else t[1]) if len(t) > 1 else (t[0],) for t in (xs, ts)]
    ys, tys = flat(ours(*packed[0])), flat(theirs(*packed[1]))
    rng = np.random.default_rng(1)
    loss = tloss = 0
    for y, ty in zip(ys, tys, strict=True):
        same(y, ty, tolerance)
        g = rng.standard_normal(y.shape).astype(y.dtype)
        loss, tloss = loss + (y * g).sum(), tloss + (ty * torch.tensor(g)).sum()
    loss.backward()
    tloss.backward()
    for x, t in zip(xs, ts, strict=True):
        same(x.grad, t.grad, tolerance)
    for (name, p), (tname, tp) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
        assert name == tname
        same(p.grad, tp.grad, tolerance * 10)


@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-10), (np.float32, 1e-5)])
@pytest.mark.parametrize("name, options", LAYERS, ids=str)
def test_layers(name, options, dtype, tolerance, device):
    mg.set_default_dtype(dtype)
    theirs = getattr(torch.nn, name)(5, 7, **options).to(getattr(torch, np.dtype(dtype).name))
    ours = getattr(nn, name)(5, 7, **options)
    rng = np.random.default_rng(0)
    count = options.get("num_layers", 1) * (1 + options.get("bidirectional", False))
    x = rng.standard_normal((4, 3, 5)).astype(dtype)
    n = x.shape[0 if options.get("batch_first") else 1]
    states = [rng.standard_normal((count, n, 7)).astype(dtype) for _ in range(1 + (name == "LSTM"))]
    compare(ours, theirs, [x, *states], tolerance)
    for inputs in ([x], [x[:, 0]], [x[:, 0], *[s[:, 0] for s in states]]):
        ours.zero_grad(), theirs.zero_grad()
        compare(ours, theirs, inputs, tolerance)


@pytest.mark.parametrize("name, options", [("RNNCell", {}), ("RNNCell", {"nonlinearity": "relu"}), ("LSTMCell", {}),
                                           ("GRUCell", {}), ("GRUCell", {"bias": False})], ids=str)
def test_cells(name, options, device):
    mg.set_default_dtype(np.float64)
    theirs = getattr(torch.nn, name)(5, 7, **options).double()
    ours = getattr(nn, name)(5, 7, **options)
    rng = np.random.default_rng(0)
    x, states = rng.standard_normal((3, 5)), [rng.standard_normal((3, 7)) for _ in range(1 + (name == "LSTMCell"))]
    for inputs in ([x, *states], [x], [x[0]], [x[0], *[s[0] for s in states]]):
        ours.zero_grad(), theirs.zero_grad()
        compare(ours, theirs, inputs, 1e-10)


def test_a_layer_is_its_cell_step_by_step():
    layer, cell = nn.LSTM(3, 4), nn.LSTMCell(3, 4)
    cell.load_state_dict({name.removesuffix("_l0"): a for name, a in layer.state_dict().items()})
    x, state = mg.randn((5, 2, 3)), None
    y, (h, c) = layer(x)
    for t in range(5):
        state = cell(x[t], state)
        same(state[0], y[t], 1e-6)
    same(state[1], c[0], 1e-6)
    same(state[0], h[0], 1e-6)


def test_second_order():
    layer = nn.GRU(2, 3).double()
    x = mg.tensor(np.random.default_rng(0).standard_normal((3, 1, 2)), requires_grad=True)
    (layer(x)[0] ** 2).sum().backward(create_graph=True)
    g = x.grad
    x.grad = None
    (g ** 2).sum().backward()
    tx = torch.tensor(x.detach().numpy(), requires_grad=True)
    theirs = torch.nn.GRU(2, 3).double()
    theirs.load_state_dict({name: torch.from_numpy(a) for name, a in layer.state_dict().items()})
    (tg,) = torch.autograd.grad((theirs(tx)[0] ** 2).sum(), tx, create_graph=True)
    (tg ** 2).sum().backward()
    same(x.grad, tx.grad, 1e-9)


def test_dropout_stands_between_layers(device):
    layer = nn.LSTM(3, 4, num_layers=2, dropout=0.5)
    x = mg.randn((6, 2, 3))
    mg.manual_seed(1)
    a = layer(x)[0].detach().numpy()
    mg.manual_seed(1)
    np.testing.assert_array_equal(layer(x)[0].detach().numpy(), a)
    assert (layer(x)[0].detach().numpy() != a).any()
    calm = layer.eval()(x)[0].detach().numpy()
    np.testing.assert_array_equal(calm, layer(x)[0].detach().numpy())
    with pytest.warns(UserWarning, match=r"\[GRU\] dropout=0.5 stands between layers, and there is one"):
        nn.GRU(2, 2, dropout=0.5)


def test_what_is_refused():
    layer = nn.LSTM(3, 4)
    for call, error, message in (
            (lambda: layer(mg.ones((2, 2, 5))), ValueError, r"\[LSTM\] expected x with 2 or 3 axes and 3 features in the last"),
            (lambda: layer(mg.ones((2, 2, 3)), mg.ones((1, 2, 4))), TypeError, r"\[LSTM\] expected the state before as \(h"),
            (lambda: layer(mg.ones((2, 2, 3)), (mg.ones((1, 3, 4)),) * 2), ValueError,
             r"\[LSTM\] expected h \(1, 2, 4\) for x \(2, 2, 3\), found \(1, 3, 4\)"),
            (lambda: layer(mg.ones((0, 2, 3))), ValueError, r"\[lstm\] there is no step: gates \(0, 2, 16\)"),
            (lambda: layer(torch.nn.utils.rnn.pack_sequence([torch.ones(2, 3)])), TypeError,
             r"\[LSTM\] packed sequences are not supported, found PackedSequence: pad with"),
            (lambda: nn.LSTM(3, 4, proj_size=2), ValueError, r"\[LSTM\] found proj_size 2 but expected 0"),
            (lambda: nn.RNN(3, 4, nonlinearity="sin"), ValueError, r"\[RNN\] nonlinearity must be 'tanh' or 'relu', found 's"),
            (lambda: nn.GRU(3, 0), ValueError, r"\[GRU\] hidden_size must be an int >= 1, found 0"),
            (lambda: nn.GRU(3, 2, dropout=2), ValueError, r"\[GRU\] dropout must be a probability"),
            (lambda: layer(mg.tensor(np.zeros((2, 2, 3), np.uint8))), TypeError, r"\[LSTM\] x is uint8, raw pixels")):
        with pytest.raises(error, match=message):
            call()


def test_no_rows_and_copies():
    layer = nn.GRU(3, 4, num_layers=2)
    y, h = layer(mg.ones((2, 0, 3)))
    assert y.shape == (2, 0, 4) and h.shape == (2, 0, 4)
    twin = copy.deepcopy(layer)
    assert twin.weight_ih_l1 is not layer.weight_ih_l1 and repr(twin).startswith("GRU(3, 4, num_layers=2)  weight_ih_l0")
    assert nn.LSTM(2, 3, bias=False, batch_first=True, bidirectional=True).num_parameters() == 2 * (12 * 2 + 12 * 3)


def test_a_step_of_training_passes_one_kernel_each_way():
    """An LSTM is one call forward and one backward, however many steps it has."""
    pytest.importorskip("minigrad._native", reason="the C++ extension is not built here")
    layer = nn.LSTM(3, 4, device="native")
    x = mg.tensor(np.ones((9, 2, 3), np.float32), device="native")
    with Recording() as recording:
        layer(x)[0].sum().backward()
    assert recording.names.count("lstm") == recording.names.count("lstm_backward") == 1
    assert set(recording.beside) <= {"zeros"}           # the state before the first step
