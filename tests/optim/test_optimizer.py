"""What all optimisers share: parameters and their owners, options, gradients, saving and loading."""

import gc

import numpy as np
import pytest

import minigrad as mg
from minigrad import kernels, nn, optim

KINDS = {"sgd": lambda ps: optim.SGD(ps, 0.1), "momentum": lambda ps: optim.SGD(ps, 0.1, momentum=0.9),
         "keras": lambda ps: optim.SGD(ps, 0.1, momentum=0.9, form="keras"), "adam": lambda ps: optim.Adam(ps, 0.01),
         "adamw": lambda ps: optim.AdamW(ps, 0.01)}


def parameters():
    rng = np.random.default_rng(0)
    return [nn.Parameter(rng.standard_normal(s)) for s in ((2, 3), (3,), ())]


def feed(params, seed):
    rng = np.random.default_rng(seed)
    for p in params:
        p.grad = mg.tensor(rng.standard_normal(p.shape))


# ---- parameters and owners

def test_a_parameter_listed_twice_is_stepped_once(device):
    p = nn.Parameter(np.zeros(1))
    optimizer = optim.SGD([p, p], 1.0)
    p.grad = mg.tensor(np.ones(1))
    optimizer.step()
    assert p.item() == -1 and len(optimizer.param_groups[0]["params"]) == 1


def test_tied_layers_step_once():
    layer = nn.Linear(2, 2, bias=False)
    net = nn.Sequential(layer, layer)
    before = layer.state_dict()["weight"]
    optimizer = optim.SGD(net.parameters(), 0.1)
    net(mg.ones((1, 2))).sum().backward()
    optimizer.step()
    expected = before - np.float32(0.1) * layer.weight.grad.numpy()
    np.testing.assert_allclose(layer.state_dict()["weight"], expected, rtol=1e-6)


def test_two_optimisers_over_one_parameter_are_an_error():
    p, q = nn.Parameter(np.ones((2, 3))), nn.Parameter(np.ones(1))
    first = optim.SGD([p], 0.1)
    with pytest.raises(RuntimeError, match=r"\[Adam\] parameter 1 \(2, 3\) belongs to another live optimiser, a SGD, "
                                           r"and two would "
                                           r"undo each other's steps: call .close\(\) on that one first"):
        optim.Adam([q, p])
    optim.Adam([q])                         # the failure claimed nothing
    first.close()
    second = optim.Adam([p])
    with pytest.raises(RuntimeError, match=r"\[SGD\] this optimiser is closed: make a new one"):
        first.step()
    with pytest.raises(RuntimeError, match="closed"):
        _ = first.lr
    assert repr(first) == "SGD(closed)"
    first.close()                           # again: releases nothing that belongs to the second
    with pytest.raises(RuntimeError, match="another live optimiser, a Adam"):
        optim.SGD([p], 0.1)
    second.close()


def test_a_dropped_optimiser_frees_its_parameters_at_once():
    p = nn.Parameter(np.ones(1))
    gc.disable()
    try:
        optimizer = optim.SGD([p], 0.1, momentum=0.9)
        p.grad = mg.tensor(np.ones(1))
        optimizer.step()
        del optimizer
        optim.SGD([p], 0.1)
    finally:
        gc.enable()


def test_what_is_no_list_of_leaves():
    p = nn.Parameter(np.ones(2))
    cases = (
        (TypeError, p, r"\[SGD\] params must be a list of tensors, found one tensor: give \[tensor\]"),
        (TypeError, nn.Linear(1, 1), r"\[SGD\] params must be .*, found a Linear: give its .parameters\(\)"),
        (TypeError, nn.Linear(1, 1).named_parameters(), r"must be a tensor, found tuple: give .parameters\(\)"),
        (TypeError, [np.ones(2)], r"\[SGD\] parameter 0 must be a tensor, found ndarray"),
        (TypeError, [{"params": [p]}, p], r"\[SGD\] a group is a dict with 'params', found Parameter"),
        (TypeError, [{"lr": 1}], r"\[SGD\] a group is a dict with 'params', found \{'lr': 1\}"),
        (ValueError, [], r"\[SGD\] there are no parameters: an empty list, or a generator used up before\?"),
        (ValueError, [{"params": [p]}, {"params": []}], r"\[SGD\] there are no parameters in group 1"),
        (ValueError, [{"params": [p]}, {"params": p}], r"\[SGD\] parameter 0 \(2,\) of group 1 is in an earlier group"),
        (ValueError, [{"params": [p], "rate": 1}], r"\[SGD\] a group has no option 'rate': .* lr, momentum"),
        (ValueError, [p * p], r"\[SGD\] parameter 0 \(2,\) was made by mul: only leaves can be stepped"),
        (ValueError, [p, mg.ones(3)], r"\[SGD\] parameter 1 \(3,\) does not require grad: leave frozen parameters out"),
    )
    for kind, params, message in cases:
        with pytest.raises(kind, match=message):
            optim.SGD(params, 0.1)


def test_parameters_on_two_devices():
    p, q = nn.Parameter(np.ones(2), device="numpy"), nn.Parameter(np.ones(2), device="numpy")
    q.k = kernels.reference.Kernels(np)
    q.k.name = "elsewhere"
    with pytest.raises(ValueError, match=r"\[SGD\] the parameters are on several devices, numpy, elsewhere"):
        optim.SGD([p, q], 0.1)


def test_plain_tensors_will_do():
    t = mg.tensor([1.0, 2.0], requires_grad=True)
    (t * t).sum().backward()
    optim.SGD([t], 0.25).step()
    assert t.tolist() == [0.5, 1]


def test_mixed_dtypes_step_together(device):
    p, q = nn.Parameter(np.ones(2, np.float32)), nn.Parameter(np.ones(2))
    optimizer = optim.Adam([p, q], lr=0.1)
    p.grad, q.grad = mg.ones(2), mg.ones(2, dtype=np.float64)
    optimizer.step()
    assert p.dtype == np.float32 and p.tolist() == pytest.approx([0.9, 0.9]) and q.tolist() == pytest.approx([0.9, 0.9])


# ---- steps

@pytest.mark.parametrize("kind", KINDS)
def test_one_kernel_call_steps_them_all_and_arrays_stay(kind, device, monkeypatch):
    ps = parameters()
    optimizer = KINDS[kind](ps)
    feed(ps, 0)
    k, calls = ps[0].k, []
    name = "adam_step" if "adam" in kind else "sgd_step"
    real = getattr(k, name)

    def spy(*args):
        calls.append(args)
        real(*args)

    monkeypatch.setattr(k, name, spy)
    held, before = [p.data for p in ps], [p.detach().numpy().copy() for p in ps]
    optimizer.step()
    assert len(calls) == 1 and len(calls[0][0]) == 3
    assert all(p.data is a for p, a in zip(ps, held))
    assert all((p.detach().numpy() != b).any() for p, b in zip(ps, before))


@pytest.mark.parametrize("kind", KINDS)
def test_a_graph_from_before_the_step_refuses_its_backward(kind, device):
    ps = parameters()
    optimizer = KINDS[kind](ps)
    feed(ps, 0)
    loss = (ps[0] * ps[1]).sum()
    optimizer.step()
    with pytest.raises(RuntimeError, match=r"\[backward\] an array that mul saved for its gradient was written"):
        loss.backward()


def test_nothing_happens_to_parameters_without_gradients(device):
    ps = parameters()
    optimizer = optim.SGD(ps, 0.1, momentum=0.9, weight_decay=0.1)
    before = [p.detach().numpy().copy() for p in ps]
    optimizer.step()
    ps[1].grad = mg.ones(3, dtype=np.float64)
    optimizer.step()
    changed = [bool((p.detach().numpy() != b).any()) for p, b in zip(ps, before)]
    assert changed == [False, True, False]


def test_zero_grad():
    ps = parameters()
    optimizer = optim.SGD(ps, 0.1)
    feed(ps[:2], 0)
    g = ps[0].grad
    optimizer.zero_grad(set_to_none=False)
    assert ps[0].grad is g and not g.numpy().any() and ps[2].grad is None
    optimizer.zero_grad()
    assert all(p.grad is None for p in ps)


def test_gradients_that_do_not_fit(device):
    p = nn.Parameter(np.ones((2, 3)))
    optimizer = optim.SGD([p], 0.1)
    elsewhere = mg.ones((2, 3), dtype=np.float64)
    elsewhere.k = kernels.reference.Kernels(np)
    elsewhere.k.name = "elsewhere"
    cases = (
        (TypeError, np.ones((2, 3)), r"\[grad\] the gradient of a tensor is a tensor or None, found ndarray"),
        (ValueError, mg.ones((3, 2), dtype=np.float64), r"\[grad\] the tensor has shape \(2, 3\).* gradient of shape \(3, 2\)"),
        (ValueError, mg.ones((2, 3)), r"\[grad\] .* dtype float64, found a gradient of .* dtype float32"),
        (ValueError, elsewhere, rf"\[grad\] the gradient is on elsewhere, but the tensor is on {device}: move it"),
    )
    for kind, g, message in cases:
        with pytest.raises(kind, match=message):
            p.grad = g
    optimizer.step()
    assert p.tolist() == [[1, 1, 1], [1, 1, 1]]


def test_a_replaced_array_is_noticed():
    p = mg.ones(2, dtype=np.float64, requires_grad=True)
    optimizer = optim.SGD([p], 0.1)
    p.requires_grad_(False).data = p.data.copy()
    p.requires_grad_().grad = mg.ones(2, dtype=np.float64)
    with pytest.raises(RuntimeError, match=r"\[SGD\] the array of a parameter \(2,\) was replaced: write into"):
        optimizer.step()


# ---- options

def test_lr_is_a_buffer_that_is_read_and_written(device):
    p = nn.Parameter(np.zeros(1))
    optimizer = optim.SGD([p], 0.1)
    rate = optimizer.param_groups[0].rate
    assert optimizer.lr == 0.1 and rate.shape == () and rate.dtype == np.float64
    optimizer.lr = 0.5
    assert optimizer.param_groups[0].rate is rate and optimizer.lr == 0.5
    p.grad = mg.ones(1, dtype=np.float64)
    optimizer.step()
    assert p.item() == -0.5
    with pytest.raises(ValueError, match=r"\[SGD\] lr must be finite and >= 0, found -1"):
        optimizer.lr = -1
    assert optimizer.lr == 0.5


def test_groups_with_different_rates():
    ps = parameters()
    optimizer = optim.SGD([{"params": ps[:1], "lr": 0.1}, {"params": ps[1:]}], lr=0.2)
    with pytest.raises(RuntimeError, match=r"different learning rates \[0.1, 0.2\]: use param_groups"):
        _ = optimizer.lr
    optimizer.lr = 0.3
    assert [g["lr"] for g in optimizer.param_groups] == [0.3, 0.3]
    with pytest.raises(KeyError, match="there is no option 'rate': the options are lr, momentum"):
        optimizer.param_groups[0]["rate"] = 1


def test_momentum_can_be_turned_on_and_off(device):
    p = nn.Parameter(np.zeros(1))
    optimizer = optim.SGD([p], 1.0)
    ends = []
    for momentum in (0, 0.5, 0.5, 0):
        optimizer.param_groups[0]["momentum"] = momentum
        p.grad = mg.ones(1, dtype=np.float64)
        optimizer.step()
        ends.append(p.item())
    assert ends == [-1, -2, -3.5, -4.5]


def test_repr():
    assert repr(optim.SGD(parameters(), 0.1, momentum=0.9)) == (
        "SGD(3 parameters, lr=0.1, momentum=0.9, weight_decay=0.0, nesterov=False)")


# ---- saving and loading

@pytest.mark.parametrize("kind", KINDS)
def test_a_resumed_run_is_the_same_bit_for_bit(kind, device, tmp_path):
    def run(ps, optimizer, steps):
        for i in steps:
            feed(ps, i)
            if i % 3 == 0:
                ps[1].grad = None
            if i == 4:
                optimizer.lr = 0.02
            optimizer.step()

    ps = parameters()
    optimizer = KINDS[kind](ps)
    run(ps, optimizer, range(5))
    nn.write_arrays(optimizer.state_dict(), tmp_path / "optimizer.safetensors")
    saved = [p.detach().numpy().copy() for p in ps]
    run(ps, optimizer, range(5, 12))

    qs = [nn.Parameter(a) for a in saved]
    resumed = KINDS[kind](qs)
    resumed.load_state_dict(nn.read_arrays(tmp_path / "optimizer.safetensors"))
    assert resumed.lr == 0.02
    run(qs, resumed, range(5, 12))
    for p, q in zip(ps, qs):
        np.testing.assert_array_equal(p.detach().numpy(), q.detach().numpy())


def test_options_come_with_the_state():
    saved = optim.Adam(parameters(), 0.5, betas=(0.1, 0.2), eps=0.3, weight_decay=0.4).state_dict()
    optimizer = optim.Adam(parameters())
    optimizer.load_state_dict(saved)
    group = optimizer.param_groups[0]
    assert [group[name] for name in ("lr", "betas", "eps", "weight_decay")] == [0.5, (0.1, 0.2), 0.3, 0.4]
    plain = optim.SGD(parameters(), 0.1)
    plain.load_state_dict(optim.SGD(parameters(), 0.1, momentum=0.9).state_dict())
    assert plain.param_groups[0]["momentum"] == 0.9 and "sgd.state.0.velocity" in plain.state_dict()


def test_loading_lists_every_problem_and_then_changes_nothing():
    optimizer = optim.SGD(parameters(), 0.1, momentum=0.9)
    state = optim.SGD(parameters(), 0.7, momentum=0.9).state_dict()
    del state["sgd.state.1.velocity"]
    state["sgd.state.0.velocity"] = np.zeros(5)
    state["sgd.state.2.velocity"] = np.zeros((), np.float32)
    state["sgd.state.3.velocity"] = np.zeros(1)
    with pytest.raises(ValueError) as error:
        optimizer.load_state_dict(state)
    assert str(error.value) == (
        "[SGD] the state does not fit this optimiser; nothing was loaded:\n"
        "  shape: sgd.state.0.velocity is (2, 3) here, found (5,)\n  missing: sgd.state.1.velocity (3,)\n"
        "  dtype: sgd.state.2.velocity is float64 here, found float32\n  unexpected: sgd.state.3.velocity (1,)")
    assert optimizer.lr == 0.1


def test_only_the_same_kind_can_be_loaded():
    optimizer = optim.Adam(parameters())
    for other, found in ((optim.AdamW(parameters()), "'adamw'"),
                         (optim.SGD(parameters(), 0.1, form="keras"), "'sgd_keras'")):
        with pytest.raises(ValueError, match=rf"\[Adam\] expected .* of kind 'adam', found {found}"):
            optimizer.load_state_dict(other.state_dict())
    with pytest.raises(ValueError, match="found an empty one"):
        optimizer.load_state_dict({})
