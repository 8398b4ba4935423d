"""Batch normalisation."""

import numpy as np
from hypothesis import strategies as st

import minigrad as mg
from minigrad.ops.norm import batch_norm_inference as with_statistics
from minigrad.tensor import constant
from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import FOR_RULES, arguments, positive
from minigrad.testing.strategies import arrays


def shape_of(draw, rows):
    """(N, C, ...) with at least `rows` rows; up to two further axes."""
    further = draw(st.lists(st.integers(1, 3), max_size=2))
    return (draw(st.integers(rows, 4)), draw(st.integers(1, 3)), *further)


def per_channel(a, x):
    return np.asarray(a, np.float64).reshape(1, -1, *[1] * (x.ndim - 2))


def normalised(x, mean, var, gamma, beta, eps):
    x_hat = (x - per_channel(mean, x)) / np.sqrt(per_channel(var, x) + eps)
    return x_hat * per_channel(gamma, x) + per_channel(beta, x)


def statistics(x):
    """Mean and biased variance per channel."""
    axes = (0, *range(2, x.ndim))
    mean = x.mean(axes)
    return mean, ((x - per_channel(mean, x)) ** 2).mean(axes)


def trained(x, gamma, beta, eps):
    mean, var = statistics(x)
    return normalised(x, mean, var, gamma, beta, eps)


@st.composite
def batches(draw):
    """x, gamma, beta and eps."""
    shape = shape_of(draw, 2)
    return arguments(draw(arrays(shape)), draw(arrays(shape[1], values=positive)), draw(arrays(shape[1])),
                     eps=draw(st.sampled_from((1e-5, 1e-3, 0.1))))


@st.composite
def with_estimates(draw):
    """x, gamma, beta, the running estimates, and whether they are used or moved."""
    training = draw(st.booleans())
    shape = shape_of(draw, 2 if training else 0)
    return arguments(draw(arrays(shape)), draw(arrays(shape[1], values=positive)), draw(arrays(shape[1])),
                     mean=tuple(draw(arrays(shape[1], layout="C")).tolist()),
                     var=tuple(draw(arrays(shape[1], values=positive, layout="C")).tolist()), training=training,
                     momentum=draw(st.sampled_from((0.1, 0.01, 1.0))))


def batch_norm_running(x, gamma, beta, mean, var, training, momentum):
    """mg.batch_norm with running estimates of its own in x's dtype -> y, and the estimates after it."""
    mean, var = (constant(x.k, x.k.asarray(a, x.dtype)) for a in (mean, var))
    y = mg.batch_norm(x, gamma, beta, mean, var, training, momentum)
    return y, mean, var


def running(x, gamma, beta, mean, var, training, momentum):
    mean, var = np.array(mean), np.array(var)
    if not training:
        return normalised(x, mean, var, gamma, beta, 1e-5), mean, var
    m, v = statistics(x)
    n = x.size // x.shape[1]
    return (normalised(x, m, v, gamma, beta, 1e-5), mean + momentum * (m - mean), var + momentum * (v * n / (n - 1) - var))


def torch_running(torch, x, gamma, beta, mean, var, training, momentum):
    mean, var = (torch.tensor(a, dtype=x.dtype) for a in (mean, var))
    return torch.nn.functional.batch_norm(x, mean, var, gamma, beta, training, momentum), mean, var


def batch_norm_inference(x, gamma, beta, mean, var, eps):
    """The operation of that name, with statistics in x's dtype."""
    return with_statistics(x, *(x.k.asarray(a, x.dtype) for a in (mean, var)), gamma, beta, eps)


@st.composite
def given_statistics(draw):
    shape = shape_of(draw, 0)
    return arguments(draw(arrays(shape)), draw(arrays(shape[1], values=positive)), draw(arrays(shape[1])),
                     mean=tuple(draw(arrays(shape[1], layout="C")).tolist()),
                     var=tuple(draw(arrays(shape[1], values=positive, layout="C")).tolist()),
                     eps=draw(st.sampled_from((1e-5, 1e-3))))


WHOLE_CHANNEL = {"nothing": "one infinite number makes the statistics of its channel NaN, and with them every gradient",
                 "integers": "integers are an error that says so, as in PyTorch"}
describe("batch_norm", batches(), trained,
         lambda torch, x, gamma, beta, eps: torch.nn.functional.batch_norm(x, None, None, gamma, beta, True, 0.1, eps),
         without=WHOLE_CHANNEL)
describe("batch_norm", with_estimates(), running, torch_running, call=batch_norm_running, about="running estimates",
         without=WHOLE_CHANNEL, constant_outputs=(1, 2))
describe("batch_norm_inference", given_statistics(),
         lambda x, gamma, beta, mean, var, eps: normalised(x, mean, var, gamma, beta, eps),
         lambda torch, x, gamma, beta, mean, var, eps: torch.nn.functional.batch_norm(
             x, torch.tensor(mean, dtype=x.dtype), torch.tensor(var, dtype=x.dtype), gamma, beta, False, 0.1, eps),
         call=batch_norm_inference, without={"integers": FOR_RULES})
