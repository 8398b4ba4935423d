"""What the tests of the graph may use: the garbage collector off, and threads that change places often."""

import gc
import sys

import pytest


@pytest.fixture
def no_gc():
    """Reference counts alone must do: the garbage collector is off while the test runs."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def eager_switching():
    """Threads change places as often as the interpreter can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)
