"""Everything that a user holds can be copied and pickled, or says why not: layers and optimisers are found, not listed."""

import copy
import inspect
import pickle

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim

WAYS = {"pickle": lambda thing: pickle.loads(pickle.dumps(thing)), "deepcopy": copy.deepcopy}
ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
SIZES = ((), (4,), (4, 2), (4, 4, 3), (2, 4, 8), (3, (2, 2)))       # what one or another layer is made with
NEED = {"TransformerEncoder": lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 8), 1),
        "TransformerDecoder": lambda: nn.TransformerDecoder(nn.TransformerDecoderLayer(4, 2, 8), 1),
        "Summary": lambda: mg.summary(nn.Linear(2, 1), (3, 2))}
LAYERS = [name for name in nn.__all__ if inspect.isclass(getattr(nn, name))]
WRAPPERS = {"EMA", "AveragedModel"}
SCHEDULES = {"LambdaLR": (abs,), "MultiplicativeLR": (abs,), "StepLR": (2,), "MultiStepLR": ([2, 3],), "ExponentialLR": (0.5,),
             "CosineAnnealingLR": (5,), "CosineAnnealingWarmRestarts": (5,), "OneCycleLR": (0.1, 10), "CyclicLR": (0.1, 0.2),
             "SWALR": (0.05,), "InverseTimeDecay": (2, 0.5), "WarmupLR": (2,)}
BASES = {"LRScheduler", "Optimizer"}


def made(name):
    if name in NEED:
        return NEED[name]()
    for sizes in SIZES:
        try:
            return getattr(nn, name)(*sizes)
        except (TypeError, ValueError):
            continue
    raise AssertionError(f"nn.{name}: say in NEED how it is made")


@ways
@pytest.mark.parametrize("name", LAYERS)
def test_layers_and_losses(name, way):
    thing = made(name)
    other = way(thing)
    assert type(other) is type(thing) and other is not thing
    if isinstance(thing, nn.Module):
        ours, theirs = thing.state_dict(), other.state_dict()
        assert ours.keys() == theirs.keys()
        for key, a in ours.items():
            np.testing.assert_array_equal(a, theirs[key])


def trained(name):
    model = nn.Linear(3, 2)
    optimizer = getattr(optim, name)(model.parameters(), lr=0.1)
    step(model, optimizer)
    return model, optimizer


def step(model, optimizer):
    def closure():
        optimizer.zero_grad()
        loss = (model(mg.ones(2, 3)) ** 2).sum()
        loss.backward()
        return loss

    optimizer.step(closure)


OPTIMIZERS = [name for name in optim.__all__ if inspect.isclass(getattr(optim, name)) and name not in BASES
              and issubclass(getattr(optim, name), optim.Optimizer)]


@ways
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimisers_go_on_as_they_would_have(name, way):
    pair = trained(name)
    other = way(pair)
    step(*pair)
    step(*other)
    np.testing.assert_array_equal(pair[0].weight.detach(), other[0].weight.detach())


@ways
@pytest.mark.parametrize("name", [name for name in optim.lr_scheduler.__all__ if name not in BASES])
def test_schedules(name, way):
    model, optimizer = trained("SGD")
    kind = getattr(optim.lr_scheduler, name)
    parts = [optim.lr_scheduler.StepLR(optimizer, 2), optim.lr_scheduler.StepLR(optimizer, 3)]
    schedule = (kind(parts) if name == "ChainedScheduler" else kind(optimizer, parts, [2]) if name == "SequentialLR" else
                kind(optimizer, *SCHEDULES.get(name, ())))
    _, _, other = way((model, optimizer, schedule))
    assert type(other) is kind and other.optimizer is not optimizer


@ways
@pytest.mark.parametrize("name", sorted(WRAPPERS))
def test_averages(name, way):
    model = nn.Linear(3, 2)
    _, other = way((model, getattr(optim, name)(model)))
    assert type(other).__name__ == name


@ways
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "int64", "bool", "complex64"])
def test_tensors(way, dtype):
    t = mg.ones(2, dtype=dtype)
    assert way(t).dtype == t.dtype and way(t).tolist() == t.tolist()
    assert way(mg.ones(1, requires_grad=True)).requires_grad


@ways
def test_what_else_a_user_holds(way):
    p = nn.Parameter(mg.ones(2))
    assert type(way(p)) is nn.Parameter and way(p).requires_grad
    assert way(mg.Value(2.0)).data == 2
    g = mg.Generator(3)
    mg.rand(2, generator=g)
    other = way(g)
    assert mg.rand(2, generator=other).tolist() == mg.rand(2, generator=g).tolist()
    loader = mg.data.Loader(np.ones((4, 2)), np.zeros(4, int), batch_size=2)
    assert len(list(way(loader))) == 2
    model = nn.Linear(2, 1)
    history = mg.fit(model, (np.ones((4, 2), np.float32), np.ones((4, 1), np.float32)), nn.MSELoss(),
                     optim.SGD(model.parameters(), lr=0.1), epochs=1, progress=False)
    assert type(way(history)) is mg.train.History


@ways
def test_what_cannot_be_says_so(way):
    t = mg.ones(2, requires_grad=True)
    with pytest.raises((TypeError, RuntimeError), match=r"only leaves can be (copied|pickled), and this tensor was made by"):
        way(t * 2)
    with pytest.raises(TypeError, match=r"^\[pickle\] a handle stands for a hook in this process"):
        way(t.register_hook(lambda g: g))


def test_a_hook_that_is_a_lambda_is_named():
    model = nn.Linear(2, 1)
    model.register_forward_hook(lambda *args: None)
    with pytest.raises((pickle.PicklingError, AttributeError), match="lambda"):
        pickle.dumps(model)
