"""What holds of every kernel's result: whose memory it is, and what out= does."""

import numpy as np
import pytest

from minigrad.testing.memory import arrange

from .support import NATIVE, _native, normal


def test_out_has_the_same_bits():
    x, b = normal(9, 13), normal(13, seed=1)
    for name, args in (("exp", (x,)), ("add", (x, b)), ("mul", (x, 3)), ("sub", (x, x)), ("relu_backward", (x, x)),
                       ("softmax", (x, 1)), ("matmul", (x, x.T.copy()[:, :9])), ("linear", (x, x, None)), ("sum", (x, 1, True)),
                       ("sum_to", (x, (13,))), ("mean", (x,)), ("max", (x, 1)), ("dropout", (x, 0.5, np.zeros(2, np.uint64)))):
        expected = getattr(NATIVE, name)(*args)
        out = np.full_like(expected, 7)
        getattr(NATIVE, name)(*args, out=out)
        assert out.tobytes() == expected.tobytes(), name


def test_out_that_overlaps_an_input_is_left_to_the_reference():
    x = normal(6, 6)
    memory = normal(40)
    expected = memory[:30] + np.float32(1)
    NATIVE.add(memory[:30], 1, out=memory[10:])
    np.testing.assert_array_equal(memory[10:], expected)
    buffer = np.concatenate([x, x])
    expected = buffer[:6] @ x
    NATIVE.matmul(buffer[:6], x, out=buffer[3:9])
    np.testing.assert_allclose(buffer[3:9], expected, rtol=1e-5, atol=1e-5)


def test_out_that_does_not_fit_is_an_error():
    x = normal(4)
    with pytest.raises(ValueError):
        NATIVE.exp(x, out=np.empty(5, np.float32))
    read_only = np.empty(4, np.float32)
    read_only.flags.writeable = False
    with pytest.raises(ValueError):
        NATIVE.exp(x, out=read_only)


def test_results_own_their_memory():
    for x in (normal(10), normal(100_000), arrange(normal(8, 16, 32, 32), "channels-last")):
        y = NATIVE.relu(x)
        assert y.base is None and y.flags.owndata and y.flags.writeable
        assert y.ctypes.data % 64 == 0 or y.nbytes < 64 << 10


def test_large_results_reuse_memory_and_others_keep_theirs():
    x = normal(300_000)
    NATIVE.exp(x)
    before = _native.memory_stats()
    for _ in range(5):
        NATIVE.exp(x)
    after = _native.memory_stats()
    assert after["reused"] - before["reused"] == 5 and after["fresh"] == before["fresh"]
    np.exp(x)
    assert _native.memory_stats() == after
    y = NATIVE.exp(x)
    y.resize(1_000_000, refcheck=False)     # through our allocator's realloc
    np.testing.assert_array_equal(y[:300_000], NATIVE.exp(x))
    assert not y[300_000:].any()
    held = _native.memory_stats()["in_use_bytes"]
    del y
    assert _native.memory_stats()["in_use_bytes"] < held
    _native.release_memory()
    assert _native.memory_stats()["cached_bytes"] == 0


def test_an_instruction_set_that_is_not_there():
    with pytest.raises(ValueError, match=r'\[set_isa\] no kernels for "mmx": this build on this machine has '):
        _native.set_isa("mmx")
