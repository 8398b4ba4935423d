"""Layers that take the size of their input from the first one."""

import copy
import pickle

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim


def cnn():
    return nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.ReLU(), nn.Flatten(), nn.LazyLinear(5),
                         nn.LazyBatchNorm1d(eps=0.1), nn.LazyLinear(2, bias=False))


def test_they_become_ordinary_layers(device):
    model = cnn()
    first = model[0].weight
    assert "LazyConv2d(?, 4, 3)" in repr(model) and isinstance(first, nn.UninitializedParameter)
    y = model(mg.randn((6, 3, 5, 5)))
    assert y.shape == (6, 2) and [type(m) for m in model] == [nn.Conv2d, nn.BatchNorm2d, nn.ReLU, nn.Flatten, nn.Linear,
                                                              nn.BatchNorm1d, nn.Linear]
    assert model[0].weight is first and type(first) is nn.Parameter and first.shape == (4, 3, 3, 3) and first.requires_grad
    assert model[4].in_features == 36 and model[5].eps == 0.1 and model[6].bias is None
    assert first.detach().numpy().std() > 0.01 and model[1].num_batches_tracked.item() == 1
    y.sum().backward()
    assert first.grad.shape == first.shape
    optim.SGD(model.parameters(), lr=0.1).step()


def test_the_same_seed_gives_the_same_weights():
    mg.manual_seed(1)
    lazy = nn.LazyLinear(3)
    lazy(mg.ones((1, 2)))
    mg.manual_seed(1)
    np.testing.assert_array_equal(lazy.weight.detach().numpy(), nn.Linear(2, 3).weight.detach().numpy())


def test_loading_gives_the_shape():
    model, state = cnn(), None
    trained = cnn()
    trained(mg.randn((6, 3, 5, 5)))
    state = trained.state_dict()
    model.load_state_dict(state)
    assert type(model[0].weight) is nn.Parameter and type(model[0]) is nn.LazyConv2d
    x = mg.randn((2, 3, 5, 5))
    np.testing.assert_array_equal(model.eval()(x).detach().numpy(), trained.eval()(x).detach().numpy())
    assert type(model[0]) is nn.Conv2d
    wrong = nn.LazyLinear(2)
    wrong.load_state_dict({"weight": np.zeros((2, 7)), "bias": np.zeros(2)})
    with pytest.raises(ValueError, match=r"\[LazyLinear\] weight was loaded with shape \(2, 7\), but this input"):
        wrong(mg.ones((1, 3)))


def test_what_they_keep_of_before():
    layer = nn.LazyLinear(2).double()
    layer.weight.requires_grad_(False)
    layer.eval()
    y = layer(mg.tensor(np.ones((1, 3))))
    assert y.dtype == np.float64 and layer.weight.dtype == np.float64 and not layer.weight.requires_grad and not layer.training
    for twin_of in (copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))):
        twin = twin_of(nn.LazyLinear(2))
        assert twin(mg.ones((1, 3))).shape == (1, 2) and type(twin) is nn.Linear


def test_every_kind():
    x = {n: mg.randn((2, 3, *(4,) * n)) for n in (1, 2, 3)}
    for n in (1, 2, 3):
        for kind, args in (("Conv", (2, 3)), ("ConvTranspose", (2, 3)), ("BatchNorm", ()), ("InstanceNorm", ())):
            layer = getattr(nn, f"Lazy{kind}{n}d")(*args)
            y = layer(x[n])
            assert type(layer) is getattr(nn, f"{kind}{n}d") and y.shape[1] == (2 if args else 3)
    assert nn.LazyInstanceNorm2d().weight is not None and nn.LazyInstanceNorm2d(affine=False).weight is None
    assert list(nn.LazyBatchNorm1d(track_running_stats=False).state_dict()) == ["weight", "bias"]


@pytest.mark.filterwarnings("ignore:input's size at dim=1:UserWarning")
def test_norms_hold_what_pytorchs_hold():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    x = np.random.default_rng(0).standard_normal((2, 3, 4, 4)).astype(np.float32)
    for kind in ("BatchNorm2d", "InstanceNorm2d"):
        for args, options in (((), {}), ((0.1,), {"affine": False}), ((), {"track_running_stats": False}),
                              ((1e-3, 0.3, True, True), {}), ((1e-3, 0.3), {"affine": False, "track_running_stats": False})):
            ours, theirs = (getattr(library, f"Lazy{kind}")(*args, **options) for library in (nn, torch.nn))
            assert list(ours.state_dict()) == list(theirs.state_dict()), (kind, args, options)
            for training in (True, True, False):
                y, z = ours.train(training)(x), theirs.train(training)(torch.tensor(x))
                np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=1e-4, atol=1e-5)
            assert list(ours.state_dict()) == list(theirs.state_dict())
            for name, a in ours.state_dict().items():
                np.testing.assert_allclose(a, theirs.state_dict()[name].numpy(), rtol=1e-5, err_msg=name)


def test_no_optimiser_takes_what_has_no_shape():
    model = cnn()
    with pytest.raises(ValueError, match=r"\[SGD\] 9 parameters have no shape yet: call the model once, on a batch"):
        optim.SGD(model.parameters(), lr=0.1)
    found = mg.summary(model, (3, 5, 5), batch_size=2)
    assert found.layers[1].parameters == 4 * 27 + 4 and isinstance(model[0].weight, nn.UninitializedParameter)


def test_what_is_refused():
    with pytest.raises(TypeError, match=r"\[LazyLinear\] .*out_features.*: the arguments are those of Linear w"):
        nn.LazyLinear()
    with pytest.raises(ValueError, match=r"\[LazyConv2d\] expected x with an axis 1, whose size it takes, found \(3,\)"):
        nn.LazyConv2d(1, 1)(mg.ones(3))


def test_against_pytorch():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    theirs, ours = torch.nn.LazyLinear(4), nn.LazyLinear(4)
    x = np.random.default_rng(0).standard_normal((2, 3)).astype(np.float32)
    y = theirs(torch.tensor(x))
    ours.load_state_dict(theirs.state_dict())
    np.testing.assert_allclose(ours(x).detach().numpy(), y.detach().numpy(), rtol=1e-5)
