"""Muon: the iteration against the singular values, the whole against its formula and PyTorch's; vectors against AdamW."""

import copy
import math

import numpy as np
import pytest

import minigrad as mg
from minigrad import kernels, nn, optim

SHAPES = (4, 6), (7, 3), (5, 5)
COEFFICIENTS = 3.4445, -4.7750, 2.0315


def start(dtype=np.float64, shapes=SHAPES):
    rng = np.random.default_rng(0)
    return [rng.standard_normal(s).astype(dtype) for s in shapes]


def gradients(dtype=np.float64, shapes=SHAPES, steps=20):
    rng = np.random.default_rng(1)
    return [[rng.standard_normal(s).astype(dtype) for s in shapes] for _ in range(steps)]


def by_singular_values(g, rounds=5):
    """What the iteration makes of a matrix: U f(S) V^T, f the polynomial, again and again."""
    a, b, c = COEFFICIENTS
    u, s, v = np.linalg.svd(g.reshape(len(g), -1).astype(float), full_matrices=False)
    s = s / np.sqrt((s * s).sum())
    for _ in range(rounds):
        s = a * s + b * s**3 + c * s**5
    return (u * s @ v).reshape(g.shape), s


@pytest.mark.parametrize("shape", [*SHAPES, (3, 2, 2, 2)])
def test_the_iteration_acts_on_singular_values(shape, table):
    g = start(np.float32, [shape])[0]
    found = table.to_numpy(table._orthogonal(table.asarray(g), COEFFICIENTS, 1e-7, 5))
    expected, values = by_singular_values(g)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert (values > 0.3).all() and (values < 1.3).all()


@pytest.mark.parametrize("options", [{}, {"nesterov": False, "weight_decay": 0.0}, {"adjust_lr_fn": "match_rms_adamw"},
                                     {"momentum": 0.5, "maximize": True}])
@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-10), (np.float32, 1e-4)])
def test_twenty_steps_by_hand(options, dtype, tolerance, device):
    ps = [nn.Parameter(a) for a in start(dtype)]
    optimizer = optim.Muon(ps, 0.1, **options)
    momentum, decay = options.get("momentum", 0.95), options.get("weight_decay", 0.1)
    ws, vs = [a.astype(float) for a in start(dtype)], [np.zeros(s) for s in SHAPES]
    for gs in gradients(dtype):
        for i, (p, g) in enumerate(zip(ps, gs, strict=True)):
            p.grad = mg.tensor(g)
            g = -g.astype(float) if options.get("maximize") else g.astype(float)
            vs[i] = momentum * vs[i] + (1 - momentum) * g
            o, _ = by_singular_values(momentum * vs[i] + (1 - momentum) * g if options.get("nesterov", True) else vs[i])
            a, b = g.shape
            scale = 0.2 * math.sqrt(max(a, b)) if "adjust_lr_fn" in options else math.sqrt(max(1, a / b))
            ws[i] = ws[i] * (1 - 0.1 * decay) - 0.1 * scale * o
        optimizer.step()
    for p, w in zip(ps, ws, strict=True):
        np.testing.assert_allclose(p.detach().numpy(), w, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("options", [{}, {"nesterov": False}, {"adjust_lr_fn": "match_rms_adamw", "weight_decay": 0.3}])
def test_as_pytorch_does_where_it_does_not_round_to_bfloat16(options, device, monkeypatch):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    monkeypatch.setattr(torch.Tensor, "bfloat16", lambda t: t.clone())
    ps, ts = [nn.Parameter(a) for a in start()], [torch.nn.Parameter(torch.tensor(a)) for a in start()]
    a, b = optim.Muon(ps, 0.1, **options), torch.optim.Muon(ts, 0.1, **options)
    for gs in gradients():
        for p, t, g in zip(ps, ts, gs, strict=True):
            p.grad, t.grad = mg.tensor(g), torch.tensor(g)
        a.step(), b.step()
    for p, t in zip(ps, ts, strict=True):
        np.testing.assert_allclose(p.detach().numpy(), t.detach().numpy(), rtol=1e-9, atol=1e-9)


def test_vectors_go_to_adamw_and_so_does_what_is_said_to(device):
    shapes = (4, 3), (4,), (2, 3), ()
    ps, qs = ([nn.Parameter(a) for a in start(shapes=shapes)] for _ in range(2))
    muon = optim.Muon([{"params": ps[:2]}, {"params": ps[2:], "matrices": False}], 0.1, weight_decay=0.2, vector_lr=0.01)
    adamw = optim.AdamW([qs[1], qs[2], qs[3]], 0.01, betas=(0.9, 0.95), eps=1e-10, weight_decay=0.2)
    assert [(len(g["params"]), g["matrices"], g["lr"]) for g in muon.param_groups] == [(1, True, 0.1), (1, False, 0.01),
                                                                                       (2, False, 0.01)]
    for gs in gradients(shapes=shapes):
        for p, q, g in zip(ps, qs, gs, strict=True):
            p.grad, q.grad = mg.tensor(g), mg.tensor(g)
        muon.step(), adamw.step()
    for i in (1, 2, 3):
        np.testing.assert_allclose(ps[i].detach().numpy(), qs[i].detach().numpy(), rtol=1e-12)
    names = {name.rpartition(".")[2] for name in muon.state_dict() if ".state.0." in name}, set(muon.param_groups[1].options)
    assert names[0] == {"step", "velocity"} and "ns_coefficients" in names[1]


def test_a_resumed_run_is_the_same_bit_for_bit(device):
    shapes = (4, 3), (4,), (2, 3, 2, 2)
    ps = [nn.Parameter(a) for a in start(np.float32, shapes)]
    muon, steps = optim.Muon(ps, 0.1), gradients(np.float32, shapes)

    def run(optimizer, ps, steps):
        for gs in steps:
            for p, g in zip(ps, gs, strict=True):
                p.grad = mg.tensor(g)
            optimizer.step()
        return [p.tolist() for p in ps]

    run(muon, ps, steps[:5])
    twin, qs = copy.deepcopy((muon, ps))
    rs = [nn.Parameter(p.detach().numpy()) for p in ps]
    resumed = optim.Muon(rs, 0.5)
    resumed.load_state_dict(muon.state_dict())
    assert run(muon, ps, steps[5:]) == run(resumed, rs, steps[5:]) == run(twin, qs, steps[5:])


def test_a_step_that_fails_changes_nothing(device):
    ps = [nn.Parameter(a) for a in start(np.float32)]
    muon = optim.Muon(ps, 0.1)
    for p in ps:
        p.grad = mg.ones(p.shape)
    ps[2].data.flags.writeable = False
    before = [p.tolist() for p in ps]
    with pytest.raises(ValueError, match=r"\[muon_step\] the array of parameter 2 \(5, 5\) is read-only"):
        muon.step()
    assert [p.tolist() for p in ps] == before and not muon.state_dict()["muon.state.0.velocity"].any()


def test_a_matrix_of_zeros_stays():
    k = kernels.table("numpy")
    assert not k._orthogonal(np.zeros((3, 2)), COEFFICIENTS, 1e-7, 5).any()


def test_errors():
    p = [nn.Parameter(np.ones((2, 2)))]
    for options, message in (({"adjust_lr_fn": "rms"}, r"adjust_lr_fn must be one of None, 'original', 'match_rms_adamw'"),
                             ({"ns_coefficients": (1, 2)}, r"\[Muon\] ns_coefficients must be three numbers, found \(1, 2\)"),
                             ({"ns_steps": -1}, r"\[Muon\] ns_steps must be 0 or more, found -1"),
                             ({"momentum": 1}, r"\[Muon\] momentum must be in \[0, 1\), found 1")):
        with pytest.raises(ValueError, match=message):
            optim.Muon(p, **options)
    with pytest.raises(TypeError, match=r"\[Muon\] ns_steps must be an int, 0 or more, found 1.5"):
        optim.Muon(p, ns_steps=1.5)
