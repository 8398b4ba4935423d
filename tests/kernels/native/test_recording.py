"""A recording at the door, begun and ended in whatever order and by whichever thread."""

import gc
import threading

import numpy as np
import pytest

from minigrad import kernels
from minigrad.kernels.recording import Recording

_native = pytest.importorskip("minigrad._native", reason="the C++ extension is not built here")


def watched():
    """Whether anybody watches: only then calls are counted."""
    before = _native.launches()
    _native.exp(np.ones(3, np.float32), None)
    return _native.launches() > before


def in_another_thread(function):
    errors = []

    def run():
        try:
            function()
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert errors == []


def test_another_threads_calls_are_not_kept():
    a = np.ones(10, np.float32)
    recording = _native.Recording()
    recording.start()
    thread = threading.Thread(target=lambda: [_native.exp(a, None) for _ in range(10)])
    thread.start()
    thread.join()
    _native.neg(a, None)
    recording.stop()
    assert recording.names() == ["neg"]


def test_the_order_of_starting_and_stopping():
    recording, other = _native.Recording(), _native.Recording()
    recording.start()
    for wrong, message in ((recording.start, "recording already"), (other.start, "recording already"),
                           (recording.replay, "still being recorded")):
        with pytest.raises(RuntimeError, match=message):
            wrong()
    recording.stop()
    recording.stop()
    recording.replay()


def test_a_replay_cannot_be_recorded():
    a = np.ones(3, np.float32)
    recording, other = _native.Recording(), _native.Recording()
    recording.start()
    _native.exp(a, None)
    recording.stop()
    other.start()
    with pytest.raises(RuntimeError, match=r"^\[Recording\] a replay cannot be recorded"):
        recording.replay()
    other.stop()


def test_another_thread_that_stops_a_recording_ends_and_spoils_it():
    recording = _native.Recording()
    recording.start()
    a = np.ones((30, 40), np.float32)
    _native.exp(a, None)
    in_another_thread(recording.stop)
    assert not watched() and recording.names() == []
    with pytest.raises(RuntimeError, match=r"^\[Recording\] another thread stopped it"):
        recording.replay()
    recording.start()                       # it may begin again, and so may this thread
    _native.exp(a, None)
    recording.stop()
    recording.replay()
    assert recording.names() == ["exp"]


def test_a_recording_whose_thread_has_ended_can_be_stopped():
    recording = _native.Recording()
    in_another_thread(recording.start)
    assert watched()
    in_another_thread(lambda: _native.neg(np.ones(3, np.float32), None))   # perhaps with the id of the one that ended
    assert recording.names() == []
    recording.stop()
    assert not watched()


def test_one_that_is_dropped_while_it_records_ends():
    """Also where another thread began it."""
    in_another_thread(lambda: _native.Recording().start())
    assert not watched()
    table, recording = kernels.table("native"), Recording().__enter__()
    assert watched() and "exp" in vars(table)
    del recording
    gc.collect()
    assert not watched() and "exp" not in vars(table)


def test_one_that_another_thread_stops_in_the_midst_of_calls():
    """Temporary memory of the call that is being made goes back to the pool, and no replay uses it."""
    images = np.ones((8, 16, 20, 20), np.float32)[:, :, ::-1]     # needs a copy in another order
    weights, geometry = np.ones((16, 16, 3, 3), np.float32), ((1, 1), (1, 1), (1, 1), 1)
    for _ in range(30):
        recording, began = _native.Recording(), threading.Event()

        def stop(recording=recording, began=began):
            began.wait()
            recording.stop()

        thread = threading.Thread(target=stop)
        thread.start()
        recording.start()
        began.set()
        for _ in range(5):
            _native.conv2d(images, weights, None, geometry, None)
        thread.join()
        with pytest.raises(RuntimeError, match="another thread stopped it"):
            recording.replay()
    assert not watched()
