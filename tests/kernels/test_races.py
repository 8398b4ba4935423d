"""Arrays that another thread writes to, or gives another shape, while a kernel reads them without the GIL.

Such a program is wrong, and its numbers may be, but no kernel reads or writes where it has no business: nothing that was read
and checked is read again and trusted. Each case runs in a process of its own, for half a second of writing.
"""

import subprocess
import sys

import pytest

pytest.importorskip("minigrad._native", reason="the C++ extension is not built here")

SETUP = """
import threading, time
import numpy as np
from minigrad import kernels

native, rng = kernels.table("native"), np.random.default_rng(0)

def race(write, call):
    done = threading.Event()
    def writing():
        while not done.is_set():
            write()
    thread = threading.Thread(target=writing)
    thread.start()
    try:
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            call()
    finally:
        done.set()
        thread.join()
    print("whole")
"""

CASES = {
    # the largest of a row vanishes between the pass that finds it and the pass that finds where it stands
    "argmax": """
x = np.zeros((4, 100_000), np.float32)
def write():
    for value in (rng.random(), np.nan, 5, -np.inf):
        x[:, -1] = value
def call():
    found = native.argmax(x, 1)
    assert ((found >= 0) & (found < 100_000)).all(), found
race(write, call)
""",
    "count_correct": """
x, target = np.zeros((4, 100_000), np.float32), np.zeros((4, 100_000), np.float32)
def write():
    for value in (rng.random(), np.nan, 5):
        x[:, -1] = target[:, -1] = value
race(write, lambda: native.count_correct(x, target))
""",
    "cross_entropy": """
z, target, one = np.zeros((2_000, 50), np.float32), np.zeros(2_000, np.int64), np.ones((), np.float32)
aux = native.cross_entropy(z, target, "mean")[1]
def write():
    target[:] = 2**40
    target[:] = 3
def call():
    try:
        native.cross_entropy(z, target, "mean")
    except (ValueError, IndexError):
        pass            # caught while it was no class
    native.cross_entropy_backward(one, z, target, aux, "mean")
race(write, call)
""",
    "gather_batch": """
images, index, one = np.ones((9, 3, 500), np.float32), np.zeros(900, np.int64), np.ones(1, np.float32)
def write():
    index[:] = 2**40
    index[:] = 8
def call():
    try:
        native.gather_batch(images, index, one, one)
    except IndexError:
        pass
race(write, call)
""",
    "augmenting": """
images, one = np.ones((20, 3, 40, 40), np.uint8), np.ones(1, np.float32)
places, boxes, matrices = (np.zeros((20, n), np.int64) for n in (3, 4, 6))
start, weight = np.zeros(90, np.int64), np.full((90, 2), 1 << 13, np.int32)
def write():
    for value in (2**62, -2**62, 3):
        places[:] = boxes[:] = matrices[:] = start[:] = value
def call():
    native.crop_batch(images, places, (40, 40), True, 0, one, one)
    native.paste_boxes(images, images, boxes)
    native.jitter_batch(images, places, places[:, 0].copy())
    native.mix_batch(images, images, places[:, 0].copy())
    native.affine_batch(images, matrices, 0)
    native.resize_batch(images, (start, weight), (start, weight), None, None)
race(write, call)
""",
    "max_pool2d": """
x, how = np.ones((4, 8, 60, 60), np.float32), ((2, 2), (2, 2), (0, 0))
_, index = native.max_pool2d(x, *how)
def write():
    index[:] = 255
    index[:] = 3
def call():
    native.max_pool2d_gather(x, index, *how)
    native.max_pool2d_scatter(x[:, :, :30, :30], index, *how, x.shape)
race(write, call)
""",
    "put": """
g, index = np.ones((20_000, 3), np.float32), np.zeros(20_000, np.int64)
along = np.zeros((20_000, 3), np.int64)
def write():
    for place in (2**40, -2**62, 8):
        index[:] = along[:] = place
def call():
    for run in (lambda: native.put(g, index, (50, 3)), lambda: native.put(g[:, 0], (index, index), (50, 50)),
                lambda: native.put_along(g, along, 0, (50, 3)), lambda: native.put(g.astype(np.float64), index, (50, 3))):
        try:
            run()
        except IndexError:
            pass
race(write, call)
""",
    # numpy's own indexing trusts an index that it has checked
    "getitem": """
x, index, mask = np.ones((50, 3), np.float32), np.zeros(20_000, np.int64), np.zeros((50, 3), bool)
def write():
    index[:] = 2**40
    index[:] = 8
    mask[:] = True
    mask[:] = False
def call():
    for run in (lambda: native.getitem(x, index), lambda: native.getitem(x, (index, 0)), lambda: native.getitem(x, mask),
                lambda: native.take_along(x, index[:, None].repeat(3, 1), 0)):
        try:
            run()
        except IndexError:
            pass
race(write, call)
""",
    # the shape of an array lies in memory that numpy frees when the shape is set
    "shapes": """
x = np.ones((1, 400_000), np.float32)
def write():
    x.shape = (1, 1, 1, 400_000)
    x.shape = (1, 400_000)
def call():
    native.exp(x), native.softmax(x, x.ndim - 1), native.sum(x), native.mul(x, 2), native.max(x, x.ndim - 1)
def patient():
    try:
        call()
    except (ValueError, IndexError):
        pass            # the number of axes changed under the caller
race(write, patient)
""",
}


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_read_twice_and_trusted(name):
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", SETUP + CASES[name]], capture_output=True, text=True,
                          timeout=120)
    assert done.returncode == 0 and done.stdout.strip() == "whole", done.stderr[-2000:]
