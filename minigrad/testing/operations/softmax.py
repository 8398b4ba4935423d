"""Softmax and its logarithm."""

import numpy as np
from hypothesis import strategies as st

from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import ONLY_VALUES, arguments, axes, sides
from minigrad.testing.strategies import arrays, at, generic


def along(values=None, **options):
    """An array and one axis of it that is not empty."""
    @st.composite
    def inputs(draw):
        z = draw(arrays(sides(0, 4).filter(any), values=values))
        axis = draw(st.sampled_from([i for i in range(-z.ndim, z.ndim) if z.shape[i]]))
        return arguments(z, axis=axis, **{name: draw(choice) for name, choice in options.items()})

    return inputs()


def logsumexp(z, axis, keepdims=False):
    """log sum exp, shifted by the largest."""
    top = z.max(axis, keepdims=True)
    y = np.log(np.exp(z - top).sum(axis, keepdims=True)) + top
    return y if keepdims else np.squeeze(y, axis)


HUGE = at(-1e4, -300, 0, 500, 1e4, among=generic())
KEEP = {"keepdims": st.booleans()}
for values, about, without in ((None, "", {}), (HUGE, "huge logits", ONLY_VALUES)):
    describe("softmax", along(values), lambda z, axis: np.exp(z - logsumexp(z, axis, True)), "softmax", about=about,
             without=without)
    describe("log_softmax", along(values), lambda z, axis: z - logsumexp(z, axis, True), "log_softmax", about=about,
             without=without)
    describe("logsumexp", along(values, **KEEP), logsumexp, "logsumexp", about=about, without=without)


@st.composite
def along_several(draw):
    z = draw(arrays(sides(1, 4)))
    return arguments(z, axis=draw(axes(z.ndim)), keepdims=draw(st.booleans()))


def several(z, axis, keepdims):
    with np.errstate(all="ignore"):
        return np.log(np.sum(np.exp(z), axis, keepdims=keepdims))


def several_by_torch(torch, z, axis, keepdims):
    axis = tuple(range(z.ndim)) if axis is None else axis
    return z.clone() if axis == () else torch.logsumexp(z, axis, keepdims)


describe("logsumexp", along_several(), several, several_by_torch, about="several axes",
         without={"integers": "the oracle's exponentials overflow"})
