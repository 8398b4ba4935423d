"""L-BFGS: where it ends, step for step as PyTorch's, copies and resumed runs, errors."""

import copy

import numpy as np
import pytest

from minigrad import nn, optim
from minigrad.optim.wolfe import C1, C2, Point, cubic_minimum, strong_wolfe

SEARCHES = None, "strong_wolfe"


def rosenbrock(x, y):
    return 100 * ((y[0] - x[0] * x[0]) ** 2) + (1 - x[0]) ** 2 + ((y[1:] - 1) ** 2).sum() * 3


def start(dtype=np.float64):
    return np.array([-1.2], dtype), np.array([1, 3, -2], dtype)


def closure_of(optimizer, ps, seen=None):
    def closure():
        optimizer.zero_grad()
        loss = rosenbrock(*ps)
        loss.backward()
        if seen is not None:
            seen.append(loss.item())
        return loss

    return closure


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_it_finds_the_minimum_of_a_valley(dtype, device):
    ps = [nn.Parameter(a) for a in start(dtype)]
    optimizer = optim.LBFGS(ps, max_iter=100, line_search_fn="strong_wolfe")
    first = optimizer.step(closure_of(optimizer, ps))
    assert first.item() > 20
    for p in ps:
        np.testing.assert_allclose(p.detach().numpy(), 1, atol=1e-4 if dtype == np.float64 else 2e-3)


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("options", [{}, {"lr": 0.5, "history_size": 3}, {"max_iter": 7}, {"max_eval": 4},
                                     {"tolerance_change": 1e-2}, {"tolerance_grad": 1.0}])
def test_as_pytorch_does(search, options, device):
    """Evaluation for evaluation. Towards the minimum a quasi-Newton method multiplies what was rounded."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    options = {"lr": 0.01} | options if search is None else options
    ps, ts = [nn.Parameter(a) for a in start()], [torch.nn.Parameter(torch.tensor(a)) for a in start()]
    a, b = optim.LBFGS(ps, line_search_fn=search, **options), torch.optim.LBFGS(ts, line_search_fn=search, **options)
    ours, theirs = [], []
    for _ in range(4):
        losses = a.step(closure_of(a, ps, ours)).item(), b.step(closure_of(b, ts, theirs)).item()
        assert losses[0] == pytest.approx(losses[1], rel=1e-6, abs=1e-6)
    assert len(ours) == len(theirs)
    np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-6)
    for p, t in zip(ps, ts, strict=True):
        np.testing.assert_allclose(p.detach().numpy(), t.detach().numpy(), rtol=1e-4)


@pytest.mark.parametrize("search", SEARCHES)
def test_a_resumed_run_and_a_copy_are_the_same_bit_for_bit(search, device):
    def made(arrays):
        ps = [nn.Parameter(a) for a in arrays]
        return ps, optim.LBFGS(ps, 1 if search else 0.01, max_iter=3, history_size=2, line_search_fn=search)

    def run(ps, optimizer, steps=4):
        return [optimizer.step(closure_of(optimizer, ps)).item() for _ in range(steps)], [p.tolist() for p in ps]

    ps, optimizer = made(start(np.float32))
    for before in (0, 2):
        run(ps, optimizer, before)
        (qs, twin), (rs, resumed) = copy.deepcopy((ps, optimizer)), made([p.detach().numpy() for p in ps])
        resumed.load_state_dict(optimizer.state_dict())
        for name, a in optimizer.state_dict().items():
            np.testing.assert_array_equal(resumed.state_dict()[name], a)
        expected = run(ps, optimizer)
        assert run(qs, twin) == expected and run(rs, resumed) == expected


def test_states_with_a_model_name_the_order_of_the_parameters():
    model = nn.Linear(2, 2)
    optimizer = optim.LBFGS(model.parameters())
    state = optimizer.state_dict(model)
    optimizer.load_state_dict(state, model)
    with pytest.raises(ValueError, match="saved with the model is loaded with it"):
        optimizer.load_state_dict(state)
    optimizer.close()
    other = optim.LBFGS([model.bias, model.weight])
    with pytest.raises(ValueError, match="another order or other names"):
        other.load_state_dict(state, model)
    with pytest.raises(ValueError, match=r"missing or unexpected: lbfgs.t, x"):
        other.load_state_dict({name: a for name, a in other.state_dict().items() if name != "lbfgs.t"} | {"x": np.ones(1)})
    with pytest.raises(ValueError, match=r"lbfgs.steps is float32 \(0, 5\), but there are 6 numbers of float32"):
        other.load_state_dict(other.state_dict() | {"lbfgs.steps": np.zeros((0, 5), np.float32)})


def test_parameters_without_gradients_stay(device):
    p, q = nn.Parameter(np.ones(2)), nn.Parameter(np.ones(2))
    optimizer = optim.LBFGS([p, q])

    def closure():
        optimizer.zero_grad()
        loss = (p * p).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    assert q.tolist() == [1, 1] and np.abs(p.detach().numpy()).max() < 1e-6


def test_errors():
    p = [nn.Parameter(np.ones(2))]
    with pytest.raises(ValueError, match=r"\[LBFGS\] line_search_fn must be None or 'strong_wolfe', found 'armijo'"):
        optim.LBFGS(p, line_search_fn="armijo")
    with pytest.raises(ValueError, match=r"\[LBFGS\] it has one step for all parameters, so no groups"):
        optim.LBFGS([{"params": p}, {"params": [nn.Parameter(np.ones(1))]}])
    optimizer = optim.LBFGS(p)
    with pytest.raises(ValueError, match="no groups"):
        optimizer.add_param_group({"params": [nn.Parameter(np.ones(1))]})
    with pytest.raises(TypeError, match=r"\[LBFGS\] step needs a closure"):
        optimizer.step()
    optimizer.close()
    with pytest.raises(RuntimeError, match="closed"):
        optimizer.step(lambda: None)


@pytest.mark.parametrize("first", [1e-3, 0.1, 1, 10, 1000])
@pytest.mark.parametrize("f, slope", [(lambda t: (t - 2) ** 2, lambda t: 2 * (t - 2)),
                                      (lambda t: t**4 - 3 * t, lambda t: 4 * t**3 - 3),
                                      (lambda t: np.cos(3 * t) + 0.1 * t * t - t, lambda t: -3 * np.sin(3 * t) + 0.2 * t - 1)])
def test_the_search_satisfies_the_strong_wolfe_conditions(f, slope, first):
    def at(t):
        return Point(t, f(t), None, slope(t))

    zero = at(0.0)
    found, made = strong_wolfe(at, zero, first, 1.0, 1e-9, 25)
    assert found.f <= zero.f + C1 * found.t * zero.slope and abs(found.slope) <= C2 * abs(zero.slope) and 1 <= made <= 26


def test_a_cubic_is_found_exactly():
    def at(t):                              # t^3 - 3 t has its minimum at 1
        return Point(t, t**3 - 3 * t, None, 3 * t * t - 3)

    for a, b in ((0.0, 3.0), (3.0, 0.0), (0.5, 1.5)):
        assert cubic_minimum(at(a), at(b)) == pytest.approx(1)
    assert cubic_minimum(at(2.0), at(3.0), (2.5, 9)) == 2.5
