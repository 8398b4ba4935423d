"""Small problems to train on."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn


@pytest.fixture
def blobs():
    """x (90, 4) float32 and classes y (90,): three clouds that a small network tells apart."""
    random = np.random.default_rng(0)
    y = np.arange(90) % 3
    centres = np.array([[2, 0, 0, 1], [0, 2, 0, -1], [0, 0, 2, 0]])
    return (centres[y] + random.normal(0, .5, (90, 4))).astype(np.float32), y


@pytest.fixture
def small():
    """small(): a fresh 4-8-3 network with the same weights every time; small(.5) drops half of its hidden units."""

    def make(dropout=0.0):
        mg.manual_seed(1)
        return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(dropout), nn.Linear(8, 3))

    return make
