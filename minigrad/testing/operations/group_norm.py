"""Each sample normalised by itself."""

import numpy as np
from hypothesis import strategies as st

from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import arguments, positive
from minigrad.testing.strategies import arrays

WHOLE = {"nothing": "one infinite number makes the statistics of its group NaN, and with them every gradient",
         "integers": "integers are an error that says so, as in PyTorch"}
EPS = st.sampled_from((1e-5, 1e-3, 0.1))


def affine(draw, shape, several=2):
    """Factors and offsets of that shape; or neither, or the factors alone."""
    given = draw(st.integers(0, several))
    return [draw(arrays(shape, values=positive if i == 0 else None)) for i in range(given)]


def optional(gamma, beta):
    return 1 if gamma is None else gamma, 0 if beta is None else beta


def normalised(x, axes, eps):
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)


@st.composite
def of_layers(draw):
    features = tuple(draw(st.integers(2, 4)) for _ in range(draw(st.integers(1, 2))))
    x = draw(arrays((*(draw(st.integers(0, 3)) for _ in range(draw(st.integers(0, 2)))), *features)))
    shape = features[0] if len(features) == 1 and draw(st.booleans()) else features
    return arguments(x, shape, *affine(draw, features), eps=draw(EPS))


def layer_norm(x, shape, gamma=None, beta=None, eps=1e-5):
    gamma, beta = optional(gamma, beta)
    return normalised(x, tuple(range(-np.size(shape), 0)), eps) * gamma + beta


def torch_layer_norm(torch, x, shape, gamma=None, beta=None, eps=1e-5):
    return torch.nn.functional.layer_norm(x, np.atleast_1d(shape).tolist(), gamma, beta, eps)


@st.composite
def of_groups(draw):
    groups, share = draw(st.integers(1, 3)), draw(st.integers(2, 3))
    further = tuple(draw(st.integers(1, 3)) for _ in range(draw(st.integers(0, 2))))
    x = draw(arrays((draw(st.integers(0, 3)), groups * share, *further)))
    return arguments(x, groups, *affine(draw, x.shape[1]), eps=draw(EPS))


def per_channel(a, x):
    return a if np.ndim(a) == 0 else a.reshape(-1, *[1] * (x.ndim - 2))


def group_norm(x, groups, gamma=None, beta=None, eps=1e-5):
    gamma, beta = optional(gamma, beta)
    rows = normalised(x.reshape(x.shape[0], groups, -1), 2, eps) if x.size else x
    return rows.reshape(x.shape) * per_channel(gamma, x) + per_channel(beta, x)


@st.composite
def of_instances(draw):
    further = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3).filter(lambda s: np.prod(s) > 1))
    x = draw(arrays((draw(st.integers(0, 2)), draw(st.integers(1, 3)), *further)))
    return arguments(x, *affine(draw, x.shape[1]), eps=draw(EPS))


def instance_norm(x, gamma=None, beta=None, eps=1e-5):
    return group_norm(x, x.shape[1], gamma, beta, eps)


@st.composite
def of_squares(draw):
    features = tuple(draw(st.integers(1, 4)) for _ in range(draw(st.integers(1, 2))))
    x = draw(arrays((*(draw(st.integers(0, 3)) for _ in range(draw(st.integers(0, 2)))), *features)))
    return arguments(x, features, *affine(draw, features, 1), eps=draw(EPS))


def rms_norm(x, shape, gamma=None, eps=1e-5):
    return x / np.sqrt((x * x).mean(tuple(range(-len(shape), 0)), keepdims=True) + eps) * optional(gamma, None)[0]


@st.composite
def of_neighbours(draw):
    x = draw(arrays((draw(st.integers(0, 2)), *(draw(st.integers(1, 4)) for _ in range(draw(st.integers(2, 3)))))))
    return arguments(x, draw(st.integers(1, 5)), alpha=draw(st.sampled_from((1e-4, 0.5))), beta=draw(st.sampled_from((0.75,
                                                                                                                      0.5))),
                     k=draw(st.sampled_from((1.0, 2.0))))


def local_response_norm(x, size, alpha, beta, k):
    squares = np.pad(x * x, ((0, 0), (size // 2, (size - 1) // 2), *((0, 0),) * (x.ndim - 2)))
    means = sum(squares[:, i:i + x.shape[1]] for i in range(size)) / size
    return x / (k + alpha * means) ** beta


describe("layer_norm", of_layers(), layer_norm, torch_layer_norm, without=WHOLE)
describe("group_norm", of_groups(), group_norm, lambda torch, x, groups, gamma=None, beta=None, eps=1e-5:
         torch.nn.functional.group_norm(x, groups, gamma, beta, eps) if x.numel() else x.clone(), without=WHOLE)
describe("instance_norm", of_instances(), instance_norm, lambda torch, x, gamma=None, beta=None, eps=1e-5:
         torch.nn.functional.instance_norm(x, weight=gamma, bias=beta, eps=eps) if x.numel() else x.clone(), without=WHOLE)
describe("rms_norm", of_squares(), rms_norm, lambda torch, x, shape, gamma=None, eps=None: torch.nn.functional.rms_norm(
    x, shape, gamma, eps), without=WHOLE)
describe("local_response_norm", of_neighbours(), local_response_norm, "nn.functional.local_response_norm",
         without={"nothing": "an infinite number makes the means of its neighbours infinite, and their gradients NaN"})
