"""The seam to the devices: a whole training step asks of arrays nothing but their shape and dtype, and no kernel of it waits.

The table `Opaque` hands out handles that have only these two; what stands behind them, only the table knows. So every
computation of a step, the optimiser's included, is a kernel call, and nothing is read back: the step could be captured. The
kernels themselves run on the stand-in for another array library, which notes what a device would have to wait for.
"""

import inspect

import numpy as np
import pytest

import minigrad as mg
from minigrad import kernels, nn, optim, random
from minigrad.kernels.reference import Kernels
from minigrad.tensor import constant
from minigrad.testing.kernels.stand_in import StandIn


class Handle:
    """An array of which only the shape and the dtype are known."""

    __slots__ = ("_hidden", "dtype", "shape")

    def __getattr__(self, name):
        raise AttributeError(f"{name}: the engine asked more of an array than its shape and dtype")


def _refuse(name):
    def method(self, *args):
        raise AttributeError(f"{name}: the engine computed with an array itself, not through the table")

    return method


for _name in ("add radd sub rsub mul rmul truediv rtruediv pow rpow matmul rmatmul neg abs iadd isub imul eq ne lt le "
              "gt ge bool len iter getitem setitem float int index array contains").split():
    setattr(Handle, f"__{_name}__", _refuse(f"__{_name}__"))
Handle.__hash__ = object.__hash__


class Opaque(Kernels):
    """Every kernel of the reference, on the arrays behind handles. Reading them back is forbidden while `sealed`."""

    name = "opaque"

    def __init__(self):
        super().__init__(np)
        self.array = Handle
        self.below = kernels.table("numpy")
        self.sealed = False
        self.calls = []


def hide(a):
    """Arrays as handles; in tuples and lists too."""
    if isinstance(a, (np.ndarray, np.generic)):
        h = Handle()
        h._hidden = np.asarray(a)
        h.shape, h.dtype = h._hidden.shape, h._hidden.dtype
        return h
    return type(a)(hide(x) for x in a) if isinstance(a, (tuple, list)) else a


def reveal(a):
    """The arrays behind handles."""
    if isinstance(a, Handle):
        return a._hidden
    return type(a)(reveal(x) for x in a) if isinstance(a, (tuple, list)) else a


def _wrapped(name):
    def kernel(self, *args, **kwargs):
        self.calls.append(name)
        result = getattr(self.below, name)(*map(reveal, args), **{key: reveal(a) for key, a in kwargs.items()})
        if name in ("to_numpy", "has_nan", "all_finite"):
            assert not self.sealed, f"{name}: a step read an array back from the device"
            return result
        return hide(result)

    return kernel


for _name, _ in inspect.getmembers(Kernels, inspect.isfunction):
    if not _name.startswith("_"):
        setattr(Opaque, _name, _wrapped(_name))


def mlp():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 40), nn.ReLU(), nn.Linear(40, 10))


def cnn():
    return nn.Sequential(nn.Conv2d(1, 4, 3, padding="same"), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(4, 4, 2, 2), nn.BatchNorm2d(4, momentum=None), nn.Tanh(), nn.AvgPool2d(7), nn.Dropout(0.25),
                         nn.Flatten(), nn.Linear(4, 10))


OPTIMIZERS = {
    "sgd": lambda ps: optim.SGD(ps, 0.1),
    "momentum": lambda ps: optim.SGD(ps, 0.1, momentum=0.9, weight_decay=0.01, nesterov=True),
    "keras": lambda ps: optim.SGD(ps, 0.1, momentum=0.9, form="keras"),
    "adam": lambda ps: optim.Adam(ps, 0.01, weight_decay=0.01),
}


def train(k, make, optimizer, steps=3):
    """The losses of some steps on the table k, and every parameter, buffer and state array after them, in numpy."""
    mg.manual_seed(1)
    model = make()
    for t in (*model.parameters(), *model.buffers()):
        t._data, t.k = k.copy(k.asarray(t.k.to_numpy(t.data))), k
    optimizer = OPTIMIZERS[optimizer](model.parameters())
    rng = np.random.default_rng(2)
    losses = []
    batches = [(constant(k, k.asarray(rng.standard_normal((10, 1, 28, 28)).astype(np.float32))),
                constant(k, k.asarray(rng.integers(0, 10, 10)))) for _ in range(steps)]
    random.dropout_state(k)             # what a device is given once, before its first step
    k.start_of_backward(np.dtype(np.float32))
    if isinstance(k, Opaque):
        k.calls.clear()
        k.sealed = True
    if isinstance(k, StandIn):
        k.noticed.clear()
    for i, (x, target) in enumerate(batches):
        optimizer.lr = 0.1 / (1 + i)
        optimizer.zero_grad()
        loss = mg.cross_entropy(model(x), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.data)
    if isinstance(k, Opaque):
        k.sealed = False
    noticed = list(getattr(k, "noticed", ()))
    result = [reveal(a) for a in losses], model.state_dict() | optimizer.state_dict()
    if isinstance(k, StandIn):
        k.noticed[:] = noticed          # reading the state was none of the steps' doing
    return result


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("make", [mlp, cnn])
def test_whole_steps_on_opaque_handles(make, optimizer):
    k = Opaque()
    losses, state = train(k, make, optimizer)
    expected_losses, expected = train(kernels.table("numpy"), make, optimizer)
    assert losses == expected_losses and state.keys() == expected.keys()
    for name, a in state.items():
        np.testing.assert_array_equal(a, expected[name], err_msg=name)
    assert k.calls.count("adam_step" if optimizer == "adam" else "sgd_step") == 3       # one call for all parameters


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("make", [mlp, cnn])
def test_no_kernel_of_a_step_reads_back_or_uploads_or_draws_a_shape_from_data(make, optimizer):
    k = StandIn()
    losses, state = train(k, make, optimizer)
    expected_losses, expected = train(kernels.table("numpy"), make, optimizer)
    assert k.noticed == []
    np.testing.assert_allclose([k.to_numpy(loss) for loss in losses], expected_losses, rtol=1e-6)
    for name, a in state.items():
        np.testing.assert_allclose(a, expected[name], rtol=1e-5, atol=1e-7, err_msg=name)


EVERY = {
    "dampening": lambda ps: optim.SGD(ps, 0.1, momentum=0.9, dampening=0.1, decay=0.1, maximize=True),
    "amsgrad": lambda ps: optim.Adam(ps, 0.01, amsgrad=True), "nadam": lambda ps: optim.NAdam(ps, 0.01),
    "radam": lambda ps: optim.RAdam(ps, 0.01, betas=(0.9, 0.9)), "adamax": lambda ps: optim.Adamax(ps, 0.01),
    "rmsprop": lambda ps: optim.RMSprop(ps, 0.01, momentum=0.9, centered=True), "adagrad": lambda ps: optim.Adagrad(ps, 0.1),
    "adadelta": lambda ps: optim.Adadelta(ps), "lion": lambda ps: optim.Lion(ps, 0.01), "rprop": lambda ps: optim.Rprop(ps),
    "asgd": lambda ps: optim.ASGD(ps, 0.01, t0=2), "muon": lambda ps: optim.Muon(ps, 0.01),
}


def stepped(k, name, steps=9):
    """The state after some steps with clipping, a schedule and a mean of the weights, on given gradients."""
    mg.manual_seed(1)
    model = nn.Linear(3, 4)
    ema = optim.EMA(model, 0.9)
    for t in (*model.parameters(), *ema.parameters(), *ema.buffers()):
        t._data, t.k = k.copy(k.asarray(t.k.to_numpy(t.data))), k
    optimizer = EVERY[name](model.parameters())
    schedule = optim.CosineAnnealingLR(optimizer, 20)
    rng = np.random.default_rng(0)
    grads = [[constant(k, k.asarray(rng.standard_normal(p.shape).astype(np.float32))) for p in model.parameters()]
             for _ in range(steps)]
    if isinstance(k, Opaque):
        k.sealed = True
    if isinstance(k, StandIn):
        k.noticed.clear()
    for gs in grads:
        for p, g in zip(model.parameters(), gs, strict=True):
            p.grad = g
        optim.clip_grad_norm_(model.parameters(), 1.0)
        optim.clip_grad_value_(model.parameters(), 0.4)
        optimizer.step()
        schedule.step()
        ema.update(model)
    if isinstance(k, Opaque):
        k.sealed = False
    assert getattr(k, "noticed", []) == []
    return {**model.state_dict(), **optimizer.state_dict(), **ema.state_dict()}


@pytest.mark.parametrize("name", EVERY)
def test_no_optimiser_reads_back_or_uploads(name):
    expected = stepped(kernels.table("numpy"), name)
    for k, tolerance in ((Opaque(), 0), (StandIn(), 1e-5)):
        state = stepped(k, name)
        assert state.keys() == expected.keys()
        for key, a in state.items():
            np.testing.assert_allclose(a, expected[key], rtol=tolerance, atol=tolerance, err_msg=key)


HOST = np.arange(6.0).reshape(2, 3)
WAITING = [     # what a device would wait for, and how it is noted
    (lambda k, a: bool(k.less(a, 1)[0, 0]), "__bool__: a device was read"), (lambda k, a: float(a[1, 1]), "__float__"),
    (lambda k, a: int(a[1, 1]), "__int__"), (lambda k, a: a[1, 1].item(), "item"), (lambda k, a: a[0].tolist(), "tolist"),
    (lambda k, a: np.asarray(a), "__array__"), (lambda k, a: list(a), "__iter__"), (lambda k, a: k.to_numpy(a), "to_numpy"),
    (lambda k, a: k.has_nan(a), "__bool__"), (lambda k, a: a[k.less(a, 3)], "a boolean mask as an index"),
    (lambda k, a: a.__setitem__(k.less(a, 3), 0), "a boolean mask as an index"),
    (lambda k, a: k.xp.nonzero(a), "nonzero: a shape that depends on data"), (lambda k, a: k.xp.where(a), "where: a shape"),
    (lambda k, a: k.xp.unique(a), "unique: a shape"), (lambda k, a: k.asarray(HOST), "asarray: an upload"),
    (lambda k, a: k.add(a, HOST), "add: an upload"), (lambda k, a: a * HOST, "a numpy array beside a device's"),
    (lambda k, a: k.xp.array([1.0, 2.0]), "array: an upload"), (lambda k, a: a[np.array([1])], "a numpy array beside"),
    (lambda k, a: a.take(np.array([1]), axis=0), "a numpy array as an argument")]


@pytest.mark.parametrize("use, notice", WAITING, ids=[f"{i} {notice[:12]}" for i, (_, notice) in enumerate(WAITING)])
def test_what_a_device_would_wait_for_is_noticed(use, notice):
    k = StandIn()
    a = k.asarray(HOST)
    k.noticed.clear()
    use(k, a)
    assert any(what.startswith(notice) for what in k.noticed)
    k.noticed.clear()
    k.add(a, 2.0, out=a)
    k.getitem(a, k.argmax(a, 0))
    assert k.noticed == [] and k.to_numpy(k.getitem(a, (0, 0))) == HOST[0, 0] + 2


def test_evaluation_and_other_losses_on_opaque_handles():
    k = Opaque()
    model = cnn().eval()
    expected = model.to("numpy")(np.ones((2, 1, 28, 28), np.float32))
    for t in (*model.parameters(), *model.buffers()):
        t._data, t.k = k.asarray(t.data), k
    k.sealed = True
    y = model(constant(k, k.asarray(np.ones((2, 1, 28, 28), np.float32))))
    mg.mse(mg.sigmoid(y), constant(k, k.asarray(np.zeros((2, 10), np.float32)))).backward()
    np.testing.assert_array_equal(reveal(y.data), expected.detach().numpy())
    assert all(type(p.grad.data) is Handle for p in model.parameters())


def test_handles_refuse_everything_else():
    h = hide(np.ones((2, 3)))
    assert h.shape == (2, 3) and h.dtype == np.float64
    for use in (lambda: h.ndim, lambda: h.base, lambda: h.T, lambda: h + 1, lambda: 1 - h, lambda: h[0], lambda: len(h),
                lambda: bool(h), lambda: np.asarray(h), lambda: h == h, lambda: list(h)):
        with pytest.raises(AttributeError, match="the engine"):
            use()


def test_a_step_that_reads_an_array_back_is_noticed():
    k = Opaque()
    t = constant(k, k.asarray(np.ones(1)))
    assert t.item() == 1
    k.sealed = True
    with pytest.raises(AssertionError, match="to_numpy: a step read an array back"):
        t.item()
