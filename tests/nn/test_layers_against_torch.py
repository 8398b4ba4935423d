"""Every layer against PyTorch's, weights exchanged: outputs, gradients, running statistics."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

LAYERS = {
    "linear": (lambda n: n.Linear(6, 4), (5, 6)),
    "linear without bias": (lambda n: n.Linear(6, 4, bias=False), (5, 6)),
    "linear on three axes": (lambda n: n.Linear(6, 4), (2, 5, 6)),
    "conv": (lambda n: n.Conv2d(3, 4, 3), (2, 3, 7, 8)),
    "conv strided": (lambda n: n.Conv2d(3, 4, (3, 2), stride=(2, 1), padding=(1, 0), bias=False), (2, 3, 7, 8)),
    "conv grouped and dilated": (lambda n: n.Conv2d(4, 6, 3, dilation=2, groups=2), (2, 4, 7, 8)),
    "conv same": (lambda n: n.Conv2d(2, 3, 4, padding="same"), (2, 2, 6, 5)),
    "conv valid": (lambda n: n.Conv2d(2, 3, 3, padding="valid"), (2, 2, 6, 5)),
    "conv of a single image": (lambda n: n.Conv2d(3, 4, 3), (3, 7, 8)),
    "conv 1d": (lambda n: n.Conv1d(4, 6, 3, stride=2, padding=1, dilation=2, groups=2), (2, 4, 9)),
    "conv 1d same": (lambda n: n.Conv1d(2, 3, 4, padding="same", bias=False), (2, 9)),
    "conv 3d": (lambda n: n.Conv3d(4, 6, (2, 3, 2), stride=(1, 2, 1), padding=(1, 0, 1), groups=2), (2, 4, 4, 6, 5)),
    **{f"conv {n}d, {mode}, padding {padding}": (lambda library, n=n, mode=mode, padding=padding: getattr(library, f"Conv{n}d")(
        2, 4, 3, 1, padding, 2, 2, n > 1, padding_mode=mode), (2, 2, 6, 5, 7)[:n + 2])
        for n in (1, 2, 3) for mode in ("reflect", "replicate", "circular", "zeros") for padding in (2, "same")},
    "conv padded unequally": (lambda n: n.Conv2d(2, 3, (4, 1), 2, (3, 1), padding_mode="circular"), (2, 6, 5)),
    "conv valid of any mode": (lambda n: n.Conv2d(2, 3, 2, padding="valid", padding_mode="reflect"), (2, 2, 6, 5)),
    "conv transposed 1d": (lambda n: n.ConvTranspose1d(4, 6, 3, stride=2, padding=1, output_padding=1, groups=2), (2, 4, 5)),
    "conv transposed": (lambda n: n.ConvTranspose2d(4, 3, 4, stride=2, padding=1, bias=False), (2, 4, 5, 3)),
    "conv transposed dilated": (lambda n: n.ConvTranspose2d(4, 6, 3, (2, 1), 1, (1, 0), 2, True, (1, 2)), (4, 5, 3)),
    "conv transposed 3d": (lambda n: n.ConvTranspose3d(2, 3, 2, stride=2), (2, 2, 2, 3, 2)),
    "max pool 1d": (lambda n: n.MaxPool1d(3, 2, padding=1, dilation=2, ceil_mode=True), (2, 3, 9)),
    "max pool 3d": (lambda n: n.MaxPool3d(2, ceil_mode=True), (2, 3, 3, 5, 4)),
    "max pool, rounded up": (lambda n: n.MaxPool2d(3, 2, ceil_mode=True), (2, 3, 8, 8)),
    "avg pool 1d": (lambda n: n.AvgPool1d(3, 2, 1, True, False), (2, 3, 8)),
    "avg pool 3d": (lambda n: n.AvgPool3d(2, divisor_override=3), (2, 3, 4, 5, 4)),
    "avg pool with options": (lambda n: n.AvgPool2d(3, 2, 1, ceil_mode=True, count_include_pad=False), (2, 3, 8, 7)),
    "lp pool": (lambda n: n.LPPool2d(2, 3, 2), (2, 3, 8, 7)),
    "lp pool 1d": (lambda n: n.LPPool1d(2, 3, ceil_mode=True), (2, 3, 8)),
    "adaptive avg pool 1d": (lambda n: n.AdaptiveAvgPool1d(3), (2, 3, 8)),
    "adaptive avg pool": (lambda n: n.AdaptiveAvgPool2d((3, None)), (2, 3, 8, 7)),
    "adaptive avg pool 3d": (lambda n: n.AdaptiveAvgPool3d(2), (2, 3, 4, 3, 5)),
    "adaptive max pool 1d": (lambda n: n.AdaptiveMaxPool1d(3), (2, 3, 8)),
    "adaptive max pool": (lambda n: n.AdaptiveMaxPool2d((3, 2)), (2, 3, 8, 7)),
    "adaptive max pool 3d": (lambda n: n.AdaptiveMaxPool3d((3, None, 2)), (2, 3, 4, 3, 5)),
    "batch norm without weights": (lambda n: n.BatchNorm2d(3, affine=False), (4, 3, 5, 5)),
    "batch norm without estimates": (lambda n: n.BatchNorm1d(3, track_running_stats=False), (6, 3)),
    "batch norm without either": (lambda n: n.BatchNorm1d(3, 1e-3, 0.1, False, False), (6, 3, 4)),
    "batch norm 3d": (lambda n: n.BatchNorm3d(3), (4, 3, 2, 3, 2)),
    "layer norm": (lambda n: n.LayerNorm(7), (4, 5, 7)),
    "layer norm over two axes": (lambda n: n.LayerNorm((5, 7), eps=0.1, bias=False), (4, 5, 7)),
    "layer norm without weights": (lambda n: n.LayerNorm([7], elementwise_affine=False), (4, 7)),
    "rms norm": (lambda n: n.RMSNorm(7), (4, 5, 7)),
    "group norm": (lambda n: n.GroupNorm(2, 6, eps=1e-3), (3, 6, 4, 5)),
    "group norm without weights": (lambda n: n.GroupNorm(3, 6, affine=False), (3, 6, 4)),
    "instance norm 1d": (lambda n: n.InstanceNorm1d(3, affine=True), (2, 3, 5)),
    "instance norm 2d": (lambda n: n.InstanceNorm2d(3), (3, 4, 5)),
    "instance norm 3d": (lambda n: n.InstanceNorm3d(3, affine=True), (2, 3, 2, 3, 4)),
    "instance norm that tracks": (lambda n: n.InstanceNorm2d(3, affine=True, track_running_stats=True), (2, 3, 5, 4)),
    "instance norm that tracks one image": (lambda n: n.InstanceNorm1d(3, 1e-3, 0.3, track_running_stats=True), (3, 5)),
    "instance norm that tracks nothing": (lambda n: n.InstanceNorm3d(2, 0.1, None, True, True), (2, 2, 2, 3, 2)),
    "local response norm": (lambda n: n.LocalResponseNorm(3, alpha=0.1, k=2.0), (2, 5, 4, 3)),
    "upsample": (lambda n: n.Upsample(scale_factor=2), (2, 3, 4, 5)),
    "upsample bilinear": (lambda n: n.Upsample((7, 3), mode="bilinear", align_corners=True), (2, 3, 4, 5)),
    "upsample bicubic": (lambda n: n.Upsample(scale_factor=(1.5, 2), mode="bicubic"), (2, 3, 4, 5)),
    "pixel shuffle": (lambda n: n.PixelShuffle(2), (2, 8, 4, 5)),
    "channel shuffle": (lambda n: n.ChannelShuffle(3), (2, 6, 4)),
    "channel shuffle of images": (lambda n: n.ChannelShuffle(2), (2, 4, 3, 2)),
    "pixel unshuffle": (lambda n: n.PixelUnshuffle(2), (2, 3, 4, 6)),
    "zeros round a sequence": (lambda n: n.ZeroPad1d((2, -1)), (2, 3, 5)),
    "zeros round": (lambda n: n.ZeroPad2d((1, 2, 0, -1)), (2, 3, 4, 5)),
    "reflected": (lambda n: n.ReflectionPad2d((1, 2, 0, 3)), (2, 3, 4, 5)),
    "reflected sequence": (lambda n: n.ReflectionPad1d(2), (3, 5)),
    "replicated": (lambda n: n.ReplicationPad2d((1, 2, 0, 3)), (3, 4, 5)),
    "replicated sequence": (lambda n: n.ReplicationPad1d((5, 0)), (2, 3, 4)),
    "unfold": (lambda n: n.Unfold((2, 3), dilation=(1, 2), padding=1, stride=2), (2, 3, 6, 7)),
    "fold": (lambda n: n.Fold((4, 5), 2, padding=1), (2, 12, 30)),
    "unflatten": (lambda n: n.Unflatten(1, (2, -1)), (3, 6, 2)),
    "flatten in the middle": (lambda n: n.Flatten(-3, 2), (2, 3, 4, 5)),
    "max pool": (lambda n: n.MaxPool2d(3, 2, padding=1), (2, 3, 7, 8)),
    "avg pool": (lambda n: n.AvgPool2d(2), (2, 3, 7, 8)),
    "batch norm 2d": (lambda n: n.BatchNorm2d(3), (4, 3, 5, 5)),
    "batch norm 2d with options": (lambda n: n.BatchNorm2d(3, eps=0.1, momentum=0.3), (4, 3, 5, 5)),
    "batch norm of all batches alike": (lambda n: n.BatchNorm2d(3, momentum=None), (4, 3, 5, 5)),
    "batch norm 1d": (lambda n: n.BatchNorm1d(3), (6, 3)),
    "batch norm 1d of sequences": (lambda n: n.BatchNorm1d(3), (6, 3, 4)),
    "flatten": (lambda n: n.Flatten(), (2, 3, 4, 5)),
    "flatten from 2": (lambda n: n.Flatten(2), (2, 3, 4, 5)),
    "relu": (lambda n: n.ReLU(), (3, 4)),
    "sigmoid": (lambda n: n.Sigmoid(), (3, 4)),
    "tanh": (lambda n: n.Tanh(), (3, 4)),
    "softmax": (lambda n: n.Softmax(dim=1), (3, 4)),
    **{name: (lambda n, name=name: getattr(n, name)(), (3, 4)) for name in (
        "LeakyReLU", "ELU", "CELU", "SELU", "GELU", "SiLU", "Mish", "PReLU", "LogSigmoid", "Softplus", "Softsign", "Tanhshrink",
        "Hardtanh", "Hardswish", "Hardshrink", "Softshrink", "ReLU6", "GLU")},
    "leaky relu with a slope": (lambda n: n.LeakyReLU(0.3), (3, 4)), "elu with alpha": (lambda n: n.ELU(alpha=0.5), (3, 4)),
    "gelu by tanh": (lambda n: n.GELU(approximate="tanh"), (3, 4)), "glu along 1": (lambda n: n.GLU(dim=1), (3, 4, 2)),
    "prelu by channel": (lambda n: n.PReLU(3, 0.1), (2, 3, 4)),
    "softplus with beta": (lambda n: n.Softplus(2.0, threshold=30), (3, 4)),
    "softplus with a threshold": (lambda n: n.Softplus(2.0, 0.5), (3, 4)),
    "log softmax": (lambda n: n.LogSoftmax(dim=0), (3, 4)), "softmin": (lambda n: n.Softmin(dim=1), (3, 4)),
    "threshold": (lambda n: n.Threshold(0.1, 20.0), (3, 4)), "hardtanh between": (lambda n: n.Hardtanh(-0.5, 2.0), (3, 4)),
    "identity": (lambda n: n.Identity(), (3, 4)),
    "network": (lambda n: n.Sequential(n.Conv2d(1, 4, 3, padding=1), n.BatchNorm2d(4), n.ReLU(), n.MaxPool2d(2),
                                       n.Flatten(), n.Linear(36, 5)), (4, 1, 6, 6)),
}


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths:UserWarning")
@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-10), (np.float32, 2e-5)])
def test_forward_backward_and_statistics(name, dtype, tolerance, device):
    make, shape = LAYERS[name]
    mg.set_default_dtype(dtype)
    torch.manual_seed(1)
    theirs = make(torch.nn).to(torch.float64 if dtype == np.float64 else torch.float32)
    ours = make(nn)
    ours.load_state_dict(theirs.state_dict())
    rng = np.random.default_rng(2)
    for _ in range(2):
        a = rng.standard_normal(shape).astype(dtype)
        x, tx = mg.tensor(a, requires_grad=True), torch.tensor(a, requires_grad=True)
        y, ty = ours(x), theirs(tx)
        g = rng.standard_normal(tuple(ty.shape)).astype(dtype)
        y.backward(mg.tensor(g))
        ty.backward(torch.tensor(g))
        _same(y.detach().numpy(), ty.detach().numpy(), tolerance)
        _same(x.grad.numpy(), tx.grad.numpy(), tolerance)
    for (n, p), (tn, tp) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
        assert n == tn
        _same(p.grad.numpy(), tp.grad.numpy(), tolerance * 10)
    state, theirs_state = ours.state_dict(), theirs.state_dict()
    assert list(state) == list(theirs_state)
    for n, a in state.items():
        _same(a, theirs_state[n].numpy(), tolerance)
    ours.eval(), theirs.eval()
    a = rng.standard_normal(shape).astype(dtype)
    _same(ours(mg.tensor(a)).detach().numpy(), theirs(torch.tensor(a)).detach().numpy(), tolerance)


def test_pytorch_loads_what_we_save():
    ours = LAYERS["network"][0](nn)
    theirs = LAYERS["network"][0](torch.nn)
    ours(mg.randn((4, 1, 6, 6)))
    theirs.load_state_dict({n: torch.from_numpy(a) for n, a in ours.state_dict().items()})
    x = np.random.default_rng(0).standard_normal((2, 1, 6, 6)).astype(np.float32)
    _same(ours.eval()(x).detach().numpy(), theirs.eval()(torch.tensor(x)).detach().numpy(), 1e-5)


@pytest.mark.parametrize("padding_idx", [None, 2, -1])
def test_embedding(padding_idx):
    torch.manual_seed(1)
    theirs = torch.nn.Embedding(7, 4, padding_idx)
    ours = nn.Embedding(7, 4, padding_idx)
    if padding_idx is not None:
        assert ours.weight.tolist()[padding_idx] == [0] * 4
    ours.load_state_dict(theirs.state_dict())
    index = np.random.default_rng(0).integers(0, 7, (3, 5))
    y, ty = ours(index), theirs(torch.tensor(index))
    g = np.random.default_rng(1).standard_normal(y.shape).astype(np.float32)
    y.backward(mg.tensor(g)), ty.backward(torch.tensor(g))
    _same(y.detach().numpy(), ty.detach().numpy(), 0)
    _same(ours.weight.grad.numpy(), theirs.weight.grad.numpy(), 1e-6)
    frozen = nn.Embedding.from_pretrained(theirs.weight.detach().numpy())
    assert not frozen.weight.requires_grad and frozen(index).tolist() == y.tolist()


@pytest.mark.parametrize("options", [
    {"max_norm": 1.0}, {"max_norm": 0.8, "norm_type": 1}, {"max_norm": 0.5, "norm_type": np.inf, "padding_idx": 2},
    {"scale_grad_by_freq": True}, {"scale_grad_by_freq": True, "padding_idx": -1, "max_norm": 2.0}])
def test_embedding_with_options(options, device):
    theirs, ours = torch.nn.Embedding(7, 4, **options), nn.Embedding(7, 4, **options)
    ours.load_state_dict(theirs.state_dict())
    index = np.random.default_rng(0).integers(0, 6, (3, 5))
    for _ in range(2):
        y, ty = ours(index), theirs(torch.tensor(index))
        g = np.random.default_rng(1).standard_normal(y.shape).astype(np.float32)
        y.backward(mg.tensor(g)), ty.backward(torch.tensor(g))
        _same(y.detach().numpy(), ty.detach().numpy(), 1e-6)
        _same(ours.weight.detach().numpy(), theirs.weight.detach().numpy(), 1e-6)
        _same(ours.weight.grad.numpy(), theirs.weight.grad.numpy(), 1e-6)
    assert all(f"{name}=" in repr(ours) for name in options)
    z = nn.functional.embedding(mg.tensor(index), weight=ours.weight, **options)
    _same(z.detach().numpy(), y.detach().numpy(), 1e-6)
    again = nn.Embedding.from_pretrained(theirs.weight.detach().numpy(), **options)
    assert again(index).shape == y.shape and again.extra_repr() == ours.extra_repr()


def test_what_embedding_refuses():
    w = nn.Parameter(np.ones((3, 2), np.float32))
    for call, error, message in (
            (lambda: nn.Embedding(3, 2, max_norm="1"), TypeError, r"^\[Embedding\] max_norm must be a number"),
            (lambda: nn.Embedding(3, 2, max_norm=-1), ValueError, r"^\[Embedding\] expected 0"),
            (lambda: nn.Embedding(3, 2, scale_grad_by_freq=1), TypeError, r"^\[Embedding\] scale_grad_by_freq must be True or"),
            (lambda: nn.functional.embedding([0], w, sparse=True), ValueError, r"^\[embedding\] found sparse=True but"),
            (lambda: nn.functional.embedding([0], np.ones((3, 2)), max_norm=1), TypeError, r"^\[embedding\] max_norm writes"),
            (lambda: nn.functional.embedding([3], w, max_norm=1), IndexError, r"^\[embedding\] ")):
        with pytest.raises(error, match=message):
            call()


@pytest.mark.parametrize("n", [1, 2, 3])
def test_max_pooling_undone(n):
    """What SegNet does: pool, keep the places, put the values back."""
    a = np.random.default_rng(0).standard_normal((2, 3, *(5, 6, 4)[:n])).astype(np.float32)
    x, tx = mg.tensor(a, requires_grad=True), torch.tensor(a, requires_grad=True)
    found = []
    for library, t in ((nn, x), (torch.nn, tx)):
        y, places = getattr(library, f"MaxPool{n}d")(2, return_indices=True)(t)
        back = getattr(library, f"MaxUnpool{n}d")(2)(y, places, output_size=a.shape)
        (back * back).sum().backward()
        found.append((y.detach().numpy(), places.numpy(), back.detach().numpy(), t.grad.numpy()))
    for ours, theirs in zip(*found, strict=True):
        _same(ours, theirs, 1e-6)


def test_a_transposed_convolution_of_a_given_size():
    ours, theirs = nn.ConvTranspose2d(2, 3, 3, 2), torch.nn.ConvTranspose2d(2, 3, 3, 2)
    ours.load_state_dict(theirs.state_dict())
    x = np.random.default_rng(0).standard_normal((2, 2, 4, 5)).astype(np.float32)
    for size in ((9, 12), (10, 11), (2, 3, 10, 12)):
        wanted = list(size[-2:])
        _same(ours(x, output_size=size).detach().numpy(), theirs(torch.tensor(x), output_size=wanted).detach().numpy(), 1e-5)
    with pytest.raises(ValueError, match=r"\[ConvTranspose2d\] output_size must be H, W of at least \(9, 11\)"):
        ours(x, output_size=(8, 11))


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_losses(reduction):
    rng = np.random.default_rng(0)
    z, t = rng.standard_normal((5, 4)), rng.standard_normal((5, 4))
    classes = np.array([0, 3, 1, 1, 2])
    pairs = ((nn.CrossEntropyLoss(reduction=reduction), torch.nn.CrossEntropyLoss(reduction=reduction), classes),
             (nn.MSELoss(reduction), torch.nn.MSELoss(reduction=reduction), t))
    for ours, theirs, target in pairs:
        x, tx = mg.tensor(z, requires_grad=True), torch.tensor(z, requires_grad=True)
        y, ty = ours(x, target), theirs(tx, torch.tensor(target))
        y.sum().backward(), ty.sum().backward()
        _same(y.detach().numpy(), ty.detach().numpy(), 1e-12)
        _same(x.grad.numpy(), tx.grad.numpy(), 1e-12)


def _same(a, b, tolerance):
    assert a.shape == b.shape and a.dtype == b.dtype
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)
