"""A bar is no reason to end a run, whatever stderr is."""

import io
import sys

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from minigrad.system.console import stderr_is_a_terminal


class Full(io.StringIO):
    """A disk without room; or a terminal that has gone."""

    def write(self, text=""):
        raise OSError(28, "No space left on device")

    flush = isatty = write


def closed():
    stream = io.StringIO()
    stream.close()
    return stream


STREAMS = {"none": lambda: None, "closed": closed, "full": Full, "odd": object}


@pytest.mark.parametrize("make", STREAMS.values(), ids=STREAMS)
@pytest.mark.parametrize("progress", [True, None])
def test_training_ends_with_its_history(monkeypatch, make, progress):
    monkeypatch.setattr(sys, "stderr", make())
    model = nn.Linear(4, 3)
    data = np.ones((9, 4), np.float32), np.arange(9) % 3
    history = mg.fit(model, data, mg.cross_entropy, optim.SGD(model.parameters(), lr=.1), epochs=2, progress=progress)
    assert len(history) == 2 and not stderr_is_a_terminal()
