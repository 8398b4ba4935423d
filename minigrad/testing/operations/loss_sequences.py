"""The loss of unaligned sequences."""

import itertools

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from minigrad.testing.operations import describe
from minigrad.testing.operations.inputs import arguments
from minigrad.testing.operations.loss import REDUCTIONS, reduced
from minigrad.testing.strategies import arrays


@st.composite
def sequences(draw):
    steps, number, classes = draw(st.integers(2, 4)), draw(st.integers(1, 2)), draw(st.integers(2, 3))
    lengths = st.integers(0, 2)
    wanted = np.asarray(draw(hnp.arrays(np.int64, number, elements=lengths)))
    given = np.asarray(draw(hnp.arrays(np.int64, number, elements=st.integers(min(4, steps), steps))))
    target = draw(hnp.arrays(np.int64, (number, 2), elements=st.integers(0, classes - 2)))
    if steps == 2:
        target[:, 1] = (target[:, 0] + 1) % max(classes - 1, 1)
        wanted = np.minimum(wanted, 2 if classes > 2 else 1)            # an alignment exists
    elif steps == 3 or classes == 2:
        wanted = np.minimum(wanted, 2)
    return arguments(draw(arrays((steps, number, classes))), target, given, wanted, blank=classes - 1,
                     reduction=draw(REDUCTIONS))


def ctc(logp, target, given, wanted, blank, reduction):
    """By its definition: every sequence of classes that spells the target, once repeats and then blanks are taken out."""
    losses = []
    for n in range(logp.shape[1]):
        spelt, total = target[n, :wanted[n]].tolist(), -np.inf
        for path in itertools.product(range(logp.shape[2]), repeat=int(given[n])):
            if [c for c, _ in itertools.groupby(path) if c != blank] == spelt:
                total = np.logaddexp(total, sum(logp[t, n, c] * 1.0 for t, c in enumerate(path)))
        losses.append(-total)
    losses = np.array(losses)
    return reduced(losses / np.maximum(wanted, 1) if reduction == "mean" else losses, reduction)


describe("ctc_loss", sequences(), ctc, without={
    "torch": "PyTorch's gradient is that of scores, not of the logarithms that it is given: tests/ops/test_ctc.py compares"})
