"""What all optimisers share: parameters and their owners, options, gradients, saving and loading."""

import copy
import gc
import itertools
import os
import pickle
import sys
import threading
import warnings

import numpy as np
import pytest

import minigrad as mg
from minigrad import kernels, nn, optim
from minigrad.nn import ownership

KINDS = {"sgd": lambda ps: optim.SGD(ps, 0.1), "momentum": lambda ps: optim.SGD(ps, 0.1, momentum=0.9),
         "keras": lambda ps: optim.SGD(ps, 0.1, momentum=0.9, form="keras"), "adam": lambda ps: optim.Adam(ps, 0.01),
         "adamw": lambda ps: optim.AdamW(ps, 0.01), "amsgrad": lambda ps: optim.Adam(ps, 0.01, amsgrad=True),
         "nadam": lambda ps: optim.NAdam(ps, 0.01), "radam": lambda ps: optim.RAdam(ps, 0.01, betas=(0.9, 0.9)),
         "adamax": lambda ps: optim.Adamax(ps, 0.01),
         "rmsprop": lambda ps: optim.RMSprop(ps, 0.01, momentum=0.9, centered=True),
         "adagrad": lambda ps: optim.Adagrad(ps, 0.1, lr_decay=0.1), "adadelta": lambda ps: optim.Adadelta(ps),
         "lion": lambda ps: optim.Lion(ps, 0.01), "rprop": lambda ps: optim.Rprop(ps, 0.01),
         "asgd": lambda ps: optim.ASGD(ps, 0.01, t0=2)}
KERNEL = {"momentum": "sgd", "keras": "sgd", "adamw": "adam", "amsgrad": "adam"}      # whose step it calls, if not its own


def parameters():
    rng = np.random.default_rng(0)
    return [nn.Parameter(rng.standard_normal(s)) for s in ((2, 3), (3,), ())]


def feed(params, seed):
    rng = np.random.default_rng(seed)
    for p in params:
        p.grad = mg.tensor(rng.standard_normal(p.shape), device=p.device)


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


def test_the_newest_optimiser_takes_over_with_one_warning():
    p, q = nn.Parameter(np.ones((2, 3))), nn.Parameter(np.ones(1))
    first = optim.SGD([p], 0.1)
    with pytest.warns(RuntimeWarning, match=r"^\[AdamW\] takes over 1 parameter from an older SGD, whose step\(\) is an error "
                                            r"from now on: two .* call .close\(\) on the older one first") as caught:
        second = optim.AdamW([q, p], lr=0.5)
    assert len(caught) == 1 and caught[0].filename == __file__
    p.grad = q.grad = None
    with pytest.raises(RuntimeError, match=r"^\[SGD\] a newer AdamW has taken over 1 of the 1 parameters of this optimiser"):
        first.step()                        # though there is nothing to step
    for change in (lambda: setattr(first, "lr", 1), lambda: first.param_groups[0].__setitem__("lr", 1),
                   lambda: first.load_state_dict(first.state_dict())):
        with pytest.raises(RuntimeError, match="a newer AdamW has taken over"):
            change()
    assert first.lr == 0.1 and "SGD(1 parameters" in repr(first)
    p.grad, q.grad = mg.ones((2, 3), dtype=np.float64), mg.ones(1, dtype=np.float64)
    first.zero_grad()
    assert p.grad is None
    second.step()
    assert p.tolist() == [[1, 1, 1]] * 2 and q.tolist() == pytest.approx([0.495])
    first.close()                           # releases nothing that belongs to the second
    with pytest.warns(RuntimeWarning, match="from an older AdamW"):
        optim.SGD([p], 0.1)


def test_a_part_taken_over_stops_the_whole_and_frees_the_rest():
    a, b, c = (nn.Parameter(np.ones(1)) for _ in range(3))
    one, two = optim.SGD([a, b], 0.1), optim.Adam([c])
    with pytest.warns(RuntimeWarning, match="takes over 2 parameters from an older SGD and an older Adam, whose") as caught:
        three = optim.SGD([{"params": [b]}, {"params": [c]}], 0.1)
    assert len(caught) == 1
    for old, text in ((one, "1 of the 2 parameters"), (two, "1 of the 1 parameters")):
        with pytest.raises(RuntimeError, match=text):
            old.step()
    four = optim.SGD([a], 0.1)              # the first one cannot step it any more: no warning
    for p in (a, b, c):
        p.grad = mg.ones(1, dtype=np.float64)
    three.step()
    four.step()
    assert [p.item() for p in (a, b, c)] == [0.9] * 3


def test_taking_over_where_warnings_are_errors_changes_nothing():
    p = nn.Parameter(np.ones(1))
    first = optim.SGD([p], 0.1)
    with pytest.raises(RuntimeWarning, match="takes over"):       # as they are in this suite
        optim.Adam([p])
    p.grad = mg.ones(1, dtype=np.float64)
    first.step()
    assert p.item() == 0.9


def test_a_closed_optimiser_says_so_and_warns_nobody():
    p = nn.Parameter(np.ones(1))
    first = optim.SGD([p], 0.1)
    first.close()
    optim.Adam([p])
    for use in (first.step, first.zero_grad, first.state_dict, lambda: first.lr, lambda: setattr(first, "lr", 1),
                lambda: first.load_state_dict({})):
        with pytest.raises(RuntimeError, match=r"^\[SGD\] this optimiser is closed: make a new one"):
            use()
    assert repr(first) == "SGD(closed)"


def test_running_a_notebook_cell_again():
    """`for lr in ...: optimizer = SGD(...)`, and a cell whose old objects IPython keeps in Out."""
    model, kept = nn.Linear(2, 1), []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for lr in (0.1, 0.01, 0.001):
            optimizer = optim.SGD(model.parameters(), lr=lr)
            kept.append(optimizer)
            model(mg.ones((1, 2))).sum().backward()
            optimizer.step()
    assert len(caught) == 1                 # Python shows a text once for a line
    for old in kept[:-1]:
        with pytest.raises(RuntimeError, match="a newer SGD has taken over 2 of the 2"):
            old.step()


def test_two_threads_over_one_parameter():
    """However the constructors interleave, one optimiser steps in the end, and all others say why they do not."""
    ps = [nn.Parameter(np.ones(1)) for _ in range(50)]
    made, start = [], threading.Barrier(4)

    def make(order):
        start.wait()
        for _ in range(20):
            made.append(optim.SGD(order, 0.1))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        threads = [threading.Thread(target=make, args=(ps[::1 - 2 * (i % 2)],)) for i in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    alive = []
    for optimizer in made:
        try:
            optimizer.step()
            alive.append(optimizer)
        except RuntimeError as error:
            assert "has taken over 50 of the 50" in str(error)
    assert len(made) == 80 and len(alive) == 1
    assert {ownership.owner_of(p) for p in ps} == set(alive)


def test_a_fork_while_another_thread_claims_leaves_no_lock_behind():
    held, done = threading.Event(), threading.Event()

    def hold():
        with ownership._lock:
            held.set()
            done.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")     # Python 3.12 and later say that a fork with threads may hang
        pid = os.fork()
    if pid == 0:
        optim.SGD([nn.Parameter(np.ones(1))], 0.1)
        os._exit(7)
    done.set()
    thread.join()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7


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
        (TypeError, {p}, r"\[SGD\] params must be a list of tensors, found a set, whose order is not the same in every"),
        (TypeError, [{"params": frozenset([p])}], r"found a frozenset, whose order is not the same in every process: give"),
        (TypeError, {"params": [p]}, r"found a dict: give its .values\(\), or \[dict\] if it is a group"),
        (TypeError, nn.Linear(1, 1).parameters, r"found method: call it, as in model.parameters\(\)"),
        (TypeError, 0.1, r"found float: the parameters come first, as in \(model.parameters\(\), lr=0.1\)"),
        (TypeError, None, r"found NoneType: the parameters come first"),
        (TypeError, nn.Linear(1, 1).state_dict(), r"found a dict"),
        (TypeError, nn.Linear(1, 1).state_dict().values(), r"parameter 0 must be a tensor, found ndarray: give model.param"),
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
    name = f"{KERNEL.get(kind, kind)}_step"
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
        (ValueError, elsewhere, rf"\[grad\] the tensor is on {device}, found a gradient on elsewhere: move it"),
    )
    for kind, g, message in cases:
        with pytest.raises(kind, match=message):
            p.grad = g
    optimizer.step()
    assert p.tolist() == [[1, 1, 1], [1, 1, 1]]


def everything(optimizer):
    """All that a step may change, as bytes."""
    return [a.tobytes() for a in (*(p.detach().numpy() for p in optimizer._params), *optimizer.state_dict().values())]


BAD = {
    "shape": lambda p: setattr(p, "grad", mg.ones((7,), dtype=p.dtype)),
    "dtype": lambda p: setattr(p, "grad", mg.ones(p.shape, dtype=np.float16)),
    "read-only": lambda p: setattr(p.data.flags, "writeable", False),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("several", [False, True], ids=["one group", "groups"])
def test_a_step_that_fails_changes_nothing(kind, bad, dtype, several, device):
    """Whatever is wrong with whichever parameter, in one call or in several: values, moments and counts stay."""
    for which in range(3):
        ps = [nn.Parameter(np.ones(s, dtype)) for s in ((2, 3), (3,), ())]
        optimizer = KINDS[kind]([{"params": [p]} for p in ps] if several else ps)
        for p in ps:
            p.grad = mg.ones(p.shape, dtype=dtype)
        optimizer.step()
        before = everything(optimizer)
        try:
            BAD[bad](ps[which])
        except (ValueError, TypeError):
            continue                        # refused where it was set: then no step sees it
        with pytest.raises((ValueError, TypeError), match=r"\[.*\] the (gradient|array) of (a )?parameter"):
            optimizer.step()
        assert everything(optimizer) == before


@pytest.mark.parametrize("kind", KINDS)
def test_memory_that_is_not_there_stops_a_step_before_it_writes(kind, monkeypatch):
    """Each result of the numpy table in turn cannot be had."""
    k = kernels.table("numpy")
    real, calls = k._flushed, itertools.count()
    for fails in itertools.count():
        ps = [nn.Parameter(np.ones(2), device="numpy") for _ in range(3)]
        optimizer = KINDS[kind](ps)
        feed(ps, 0)
        optimizer.step()
        before, calls = everything(optimizer), itertools.count()

        def flushed(a, calls=calls, fails=fails):
            if next(calls) == fails:
                raise MemoryError
            return real(a)

        monkeypatch.setattr(k, "_flushed", flushed)
        try:
            optimizer.step()
        except MemoryError:
            assert everything(optimizer) == before
        else:
            break
        finally:
            monkeypatch.undo()
    assert fails == next(calls) >= 3


@pytest.mark.parametrize("kind", KINDS)
def test_ctrl_c_in_the_middle_of_writing_leaves_a_whole_step(kind):
    """The numpy table, interrupted after each line of its writing: the step is made, or nothing of it."""
    def run(interrupt):
        ps = [nn.Parameter(np.ones(2), device="numpy") for _ in range(3)]
        optimizer = KINDS[kind](ps)
        feed(ps, 0)
        graph = (ps[0] * ps[1]).sum()
        states, lines = [everything(optimizer)], itertools.count()

        def tracer(frame, event, arg):
            if frame.f_code.co_name not in ("_write", "step"):
                return None
            if event == "line" and frame.f_code.co_name == "_write" and next(lines) == interrupt:
                sys.settrace(None)
                raise KeyboardInterrupt
            return tracer

        before = sys.gettrace()
        sys.settrace(tracer)
        try:
            optimizer.step()
        except KeyboardInterrupt:
            stopped = True
        else:
            stopped = False
        finally:
            sys.settrace(before)
        return stopped, states[0], everything(optimizer), graph

    _, before, after, _ = run(-1)
    stops = 0
    for interrupt in itertools.count():
        stopped, _, found, graph = run(interrupt)
        assert found == after or (found == before and stopped and interrupt == 0)
        with pytest.raises(RuntimeError, match="written in place"):
            graph.backward()
        stops += stopped
        if not stopped:
            break
    assert stops > 6


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


def test_options_that_are_no_numbers():
    p = [nn.Parameter(np.ones(2))]
    for options in ({"lr": None}, {"lr": "0.1"}, {"lr": 1, "momentum": None}, {"lr": 1, "weight_decay": "1e-4"}):
        with pytest.raises(TypeError, match=rf"\[SGD\] {list(options)[-1]} must be a number, found (None|')"):
            optim.SGD(p, **options)
    for betas in (None, 0.9, "09", (0.9,)):
        with pytest.raises(ValueError, match=r"\[Adam\] betas must be a pair, found"):
            optim.Adam(p, betas=betas)
    with pytest.raises(TypeError, match=r"\[Adam\] eps must be a number, found None"):
        optim.Adam(p, eps=None)
    with pytest.raises(TypeError, match=r"\[SGD\] nesterov must be True or False, found 0.0001"):
        optim.SGD(p, 0.1, 0.9, nesterov=1e-4)
    with pytest.raises(TypeError, match=r"\[Adam\] amsgrad must be True or False, found 1"):
        optim.Adam(p, amsgrad=1)
    assert optim.SGD(p, lr=mg.tensor(0.5)).lr == 0.5


def test_repr():
    assert repr(optim.SGD(parameters(), 0.1, momentum=0.9)) == (
        "SGD(3 parameters, lr=0.1, momentum=0.9, dampening=0.0, weight_decay=0.0, nesterov=False, "
        "maximize=False, decay=0.0)")


# ---- groups that come later, closures

def test_a_group_that_comes_later_steps_along(device):
    p, q = nn.Parameter(np.zeros(1)), nn.Parameter(np.zeros(1))
    optimizer = optim.Adam([p], lr=0.5)
    optimizer.lr = 0.25
    optimizer.add_param_group({"params": q, "eps": 1e-3})
    assert [g["lr"] for g in optimizer.param_groups] == [0.25, 0.5] and optimizer.param_groups[1]["eps"] == 1e-3
    p.grad, q.grad = mg.ones(1, dtype=np.float64), mg.ones(1, dtype=np.float64)
    optimizer.step()
    assert p.item() == pytest.approx(-0.25) and q.item() == pytest.approx(-0.5, rel=2e-3)
    assert {"adam.group.1.lr", "adam.state.1.mean"} <= set(optimizer.state_dict())
    with pytest.warns(RuntimeWarning, match="takes over 1 parameter from an older Adam"):
        optim.SGD([q], 0.1)
    with pytest.raises(RuntimeError, match="has taken over 1 of the 2"):
        optimizer.add_param_group({"params": [nn.Parameter(np.zeros(1))]})


def test_a_group_that_cannot_be_added_changes_nothing():
    p, q = nn.Parameter(np.zeros(1)), nn.Parameter(np.zeros(1))
    optimizer, other = optim.SGD([p], 0.1), optim.SGD([q], 0.1)
    for kind, group, message in ((ValueError, {"params": [p]}, r"parameter 0 \(1,\) of group 1 is in an earlier group too"),
                                 (ValueError, {"params": []}, "there are no parameters"),
                                 (ValueError, {"params": [nn.Parameter(np.zeros(1))], "rate": 1}, "no option 'rate'"),
                                 (TypeError, [p], "a group is a dict with 'params', found list"),
                                 (RuntimeWarning, {"params": [q]}, "takes over 1 parameter")):
        with pytest.raises(kind, match=message):
            optimizer.add_param_group(group)
    assert len(optimizer.param_groups) == 1
    other.step(), optimizer.step()


def test_a_closure_computes_the_gradients_first(device):
    p = nn.Parameter(np.ones(1))
    optimizer = optim.SGD([p], 0.25)

    def closure():
        optimizer.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        return loss

    with mg.no_grad():
        assert optimizer.step(closure).item() == 1 and p.item() == 0.5
    assert optimizer.step() is None and p.item() == 0


# ---- copies

@pytest.mark.parametrize("twin_of", [copy.deepcopy, lambda a: pickle.loads(pickle.dumps(a))], ids=["deepcopy", "pickle"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_of_model_and_optimiser_goes_on_alike_and_apart(kind, twin_of, device):
    model = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 1))
    optimizer = KINDS[kind]([{"params": model[1].parameters(), "lr": 0.3}, {"params": model[0].parameters()}])

    def train(model, optimizer, steps):
        for i in range(steps):
            optimizer.zero_grad()
            (model(mg.ones((1, 3))) ** 2).sum().backward()
            if i == 1:
                model[0].bias.grad = None           # counts of steps go apart
            optimizer.step()

    train(model, optimizer, 3)
    twin, twins = twin_of((model, optimizer))
    assert [id(p) for g in twins.param_groups for p in g["params"]] == [id(p) for m in (twin[1], twin[0]) for p in
                                                                        m.parameters()]
    start = everything(optimizer)
    assert everything(twins) == start and repr(twins) == repr(optimizer)
    train(twin, twins, 3)
    assert everything(optimizer) == start
    train(model, optimizer, 3)
    assert everything(optimizer) == everything(twins)


def test_a_shallow_copy_takes_the_parameters_over(device):
    p = nn.Parameter(np.ones(1))
    first = optim.SGD([p], 0.1, momentum=0.5)
    p.sum().backward()
    first.step()
    with pytest.warns(RuntimeWarning, match="takes over 1 parameter from an older SGD"):
        second = copy.copy(first)
    assert everything(second) == (before := everything(first))
    second.lr = 0.2
    second.step()
    assert everything(first)[1:] == before[1:] and p.item() == pytest.approx(0.9 - 0.2 * 1.5)
    with pytest.raises(RuntimeError, match="a newer SGD has taken over"):
        first.step()


def test_copies_of_optimisers_that_stopped():
    p = nn.Parameter(np.ones(1))
    first = optim.SGD([p], 0.1)
    with pytest.warns(RuntimeWarning, match="takes over"):
        second = optim.SGD([p], 0.1)
    twin, q = copy.deepcopy((first, p))
    with pytest.raises(RuntimeError, match="has taken over"):
        twin.step()
    optim.SGD([q], 0.1)                     # nobody holds the copy
    second.close()
    with pytest.raises(RuntimeError, match="closed"):
        copy.deepcopy(second).step()


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


def test_states_by_name_and_by_position_are_not_mixed_up():
    model = nn.Linear(2, 2)
    optimizer = optim.SGD(model.parameters(), 0.1, momentum=0.9)
    with pytest.raises(ValueError, match=r"\[SGD\] this state names its parameters: load it with the model"):
        optimizer.load_state_dict(optimizer.state_dict(model))
    with pytest.raises(ValueError, match=r"\[SGD\] this state goes by position and not by name"):
        optimizer.load_state_dict(optimizer.state_dict(), model)
    assert set(optimizer.state_dict(model)) >= {"sgd.named.velocity.weight", "sgd.named.step.bias", "sgd.group.0.lr"}


def test_groups_that_were_cut_otherwise_are_named():
    model = nn.Linear(2, 2)
    optimizer = optim.SGD([{"params": [model.weight], "lr": 1}, {"params": [model.bias]}], 0.1)
    state = optimizer.state_dict(model)
    optimizer.close()
    with pytest.raises(ValueError, match=r"groups: those of group 0 here were in groups 0, 1\n  unexpected: sgd.group.1.lr"):
        optim.SGD(model.parameters(), 0.1).load_state_dict(state, model)


def test_values_that_cannot_be():
    optimizer = optim.Adam(parameters())
    state = optimizer.state_dict()
    state["adam.state.1.step"] = np.array(-3)
    state["adam.state.0.square"] = np.full((2, 3), -1.0)
    with pytest.raises(ValueError, match=r"value: adam.state.0.square cannot be negative, found -1.0\n"
                                         r"  value: adam.state.1.step cannot be negative, found -3"):
        optimizer.load_state_dict(state)


def test_only_the_same_kind_can_be_loaded():
    optimizer = optim.Adam(parameters())
    for other, found in ((optim.AdamW(parameters()), "'adamw'"),
                         (optim.SGD(parameters(), 0.1, form="keras"), "'sgd_keras'")):
        with pytest.raises(ValueError, match=rf"\[Adam\] expected .* of kind 'adam', found {found}"):
            optimizer.load_state_dict(other.state_dict())
    with pytest.raises(ValueError, match="found an empty one"):
        optimizer.load_state_dict({})
