"""What every test may use: a fresh seed, and `device` or `table` to run once on each table of kernels that there is."""

import os
import signal

os.environ.setdefault("MPLBACKEND", "Agg")      # before anything can import matplotlib: no test opens a window

import hypothesis
import numpy as np
import pytest

import minigrad as mg
from minigrad import kernels

hypothesis.settings.register_profile("dev", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "dev")


def _hear(name, handler):
    """Started in the background, or by nohup, Python ignores these signals: they are tested all the same."""
    number = getattr(signal, name, None)
    if number is not None and signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, handler)


_hear("SIGINT", signal.default_int_handler)
_hear("SIGTERM", signal.SIG_DFL)
_hear("SIGHUP", signal.SIG_DFL)


@pytest.fixture(autouse=True)
def _fresh():
    """Every test starts from the same seed and leaves the default dtype as it was."""
    mg.manual_seed(0)
    yield
    mg.set_default_dtype(np.float32)


@pytest.fixture(params=kernels.available())
def device(request, monkeypatch):
    """The name of a device, which is the default one while the test runs, in every thread."""
    table = kernels.table(request.param)
    monkeypatch.setattr(kernels, "default_table_and_reason", lambda: (table, "chosen by the test"))
    return request.param


@pytest.fixture
def table(device):
    """The table of kernels of `device`."""
    return kernels.table(device)
