"""Hooks of modules, forward and backward; PyTorch is the oracle for what backward hooks see."""

import gc
import weakref

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn


class TwoWays(nn.Module):
    """Two inputs, two outputs, an option."""

    def forward(self, a, b, scale=1.0):
        return a * b * scale, a + b


def test_hooks_with_kwargs_see_and_replace_them():
    layer = TwoWays()
    seen = []
    layer.register_forward_pre_hook(lambda m, args, kwargs: (args, kwargs | {"scale": 3.0}), with_kwargs=True)
    layer.register_forward_hook(lambda m, args, kwargs, output: seen.append(kwargs), with_kwargs=True)
    product, _ = layer(2.0, 5.0, scale=7.0)
    assert product == 30 and seen == [{"scale": 3.0}]
    layer.register_forward_pre_hook(lambda m, args, kwargs: 5, with_kwargs=True)
    with pytest.raises(TypeError, match=r"\[register_forward_pre_hook\] a hook with kwargs returns None or \(args, kwargs\)"):
        layer(2.0, 5.0)


def test_hooks_run_in_order_and_prepended_ones_first():
    layer, seen = nn.Identity(), []
    for name, prepend in (("a", False), ("b", False), ("c", True)):
        layer.register_forward_hook(lambda m, args, output, name=name: seen.append(name), prepend=prepend)
    layer(1)
    assert seen == ["c", "a", "b"]
    with layer.register_forward_hook(lambda m, args, output: seen.append("d")):
        layer(1)
    layer(1)
    assert seen[3:] == ["c", "a", "b", "d", "c", "a", "b"]
    with pytest.raises(TypeError, match=r"\[register_hook\] expected a function, found int"):
        layer.register_forward_hook(3)


def numbers(grads):
    return [None if g is None else g.detach().numpy().tolist() for g in grads]


def both(library, wrap):
    """What the hooks of a small network see, and the gradients, with replaced ones on the way."""
    seen = []
    net = library.Sequential(library.Linear(3, 2), library.Tanh(), library.Linear(2, 1))
    state = {"0.weight": [[1, 2, 3], [-1, 0, 1]], "0.bias": [0.5, -0.5], "2.weight": [[2, -3]], "2.bias": [1]}
    net.load_state_dict({n: wrap(a) for n, a in state.items()})
    net[1].register_full_backward_hook(lambda m, gi, go: seen.append(("tanh", numbers(gi), numbers(go))))
    net[1].register_full_backward_hook(lambda m, gi, go: (gi[0] * 2,))
    net[2].register_full_backward_pre_hook(lambda m, go: (go[0] * 5,))
    net[2].register_full_backward_hook(lambda m, gi, go: seen.append(("last", numbers(gi), numbers(go))))
    net[0].register_full_backward_hook(lambda m, gi, go: seen.append(("first", numbers(gi), numbers(go))))
    x = wrap([[0.1, 0.2, 0.3], [0.3, -0.1, 0.2]])
    net(x).sum().backward()
    return seen, [p.grad.numpy().tolist() for p in net.parameters()]


@pytest.mark.filterwarnings("ignore:Full backward hook is firing when gradients are computed:UserWarning")
def test_backward_hooks_see_what_pytorchs_see():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    seen, grads = both(nn, lambda a: mg.tensor(a))
    theirs, their_grads = both(torch.nn, lambda a: torch.tensor(a, dtype=torch.float32))
    assert [name for name, *_ in seen] == [name for name, *_ in theirs] == ["last", "tanh", "first"]
    for (_, gi, go), (_, ti, to) in zip(seen, theirs, strict=True):
        for ours, other in zip([*gi, *go], [*ti, *to], strict=True):
            assert (ours is None) == (other is None)
            if ours is not None:
                np.testing.assert_allclose(ours, other, rtol=1e-5)
    for a, b in zip(grads, their_grads, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)
    assert seen[-1][1] == [None]                # the input of the network needs no gradient


def test_backward_hooks_of_several_inputs_and_outputs():
    layer, seen = TwoWays(), []
    handle = layer.register_full_backward_hook(lambda m, gi, go: seen.append((numbers(gi), numbers(go))))
    a, b = mg.tensor([2.0], requires_grad=True), mg.tensor([5.0])
    layer(a, b)[0].backward()
    assert seen == [([[5.0], None], [[1.0], None])] and a.grad.tolist() == [5]
    handle.remove()
    layer(a, b)[1].backward()
    assert len(seen) == 1


def test_backward_hooks_serve_higher_orders():
    layer = nn.Tanh()
    layer.register_full_backward_hook(lambda m, gi, go: (gi[0] * 2,))
    x = mg.tensor([0.3], requires_grad=True)
    layer(x).backward(create_graph=True)
    g = x.grad
    x.grad = None
    g.backward()
    t = np.tanh(0.3)
    assert g.item() == pytest.approx(2 * (1 - t * t), rel=1e-5)
    assert x.grad.item() == pytest.approx(2 * 2 * -2 * t * (1 - t * t), rel=1e-4)      # the hook doubles both orders


def test_what_a_hook_gets_is_lent_and_what_it_returns_is_checked():
    layer = nn.Identity()
    seen = []
    layer.register_full_backward_hook(lambda m, gi, go: seen.append(gi[0]))
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    seed = mg.tensor([3.0, 4.0])
    layer(x).backward(seed)
    with pytest.raises(ValueError, match="read-only"):
        seen[0].data[0] = 5
    x.grad.data[0] = 9
    assert seed.tolist() == [3, 4] and seen[0].tolist() == [3, 4]
    layer.register_full_backward_hook(lambda m, gi, go: (gi[0], gi[0]))
    with pytest.raises(ValueError, match=r"\[register_full_backward_hook\] the hook returned 2 gradients but expected 1"):
        layer(x).sum().backward()


def test_a_graph_keeps_no_module_alive():
    gc.disable()
    try:
        layer = nn.Tanh()
        layer.register_full_backward_hook(lambda m, gi, go: None)
        x = mg.ones(2, requires_grad=True)
        y, dropped = layer(x).sum(), weakref.ref(layer)
        del layer
        assert dropped() is None
        y.backward()
        assert x.grad is not None
    finally:
        gc.enable()
