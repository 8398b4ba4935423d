"""Memory shared with other libraries, both ways, and asarray."""

import numpy as np
import pytest

import minigrad as mg


def test_numpy_shares_memory_both_ways():
    t = mg.ones(2, 3)
    a = np.from_dlpack(t)
    assert np.shares_memory(a, t.numpy())
    b = np.arange(4.0)
    u = mg.from_dlpack(b)
    u[0] = 7
    assert b[0] == 7 and u.dtype == np.float64 and t.__dlpack_device__() == (1, 0)


def test_torch_shares_memory_both_ways():
    torch = pytest.importorskip("torch")
    t = mg.zeros(3)
    theirs = torch.from_dlpack(t)
    theirs[1] = 5
    ours = mg.from_dlpack(theirs)
    ours[2] = 6
    assert t.tolist() == [0, 5, 6] and mg.asarray(torch.arange(2)).tolist() == [0, 1]
    with pytest.raises(BufferError, match=r"^\[from_dlpack\] device .* with dtype torch\.bfloat16"):
        mg.from_dlpack(torch.ones(2, dtype=torch.bfloat16))
    with pytest.raises(RuntimeError, match=r"^\[from_dlpack\] this torch tensor requires grad"):
        mg.from_dlpack(torch.ones(2, requires_grad=True))


def test_what_requires_grad_is_detached_first():
    t = mg.ones(2, requires_grad=True)
    for call in (lambda: np.from_dlpack(t), lambda: mg.from_dlpack(t)):
        with pytest.raises(RuntimeError, match=r"^\[dlpack\] this tensor requires grad.*share t\.detach\(\)"):
            call()
    assert np.shares_memory(np.from_dlpack(t.detach()), t.detach().numpy())


def test_read_only_memory_stays_so():
    a = np.arange(3.0)
    a.flags.writeable = False
    t = mg.from_numpy(a)
    with pytest.raises(BufferError, match="readonly"):
        t.__dlpack__()                                  # an asker whose version cannot say that it is read-only
    assert t.__dlpack__(max_version=(1, 0)) is not None
    with pytest.raises(ValueError, match=r"^\[setitem\] this tensor's array cannot be written to"):
        t[0] = 1
    mg.from_dlpack(a, copy=True)[0] = 1
    assert a[0] == 0


def test_what_has_no_dlpack():
    with pytest.raises(TypeError, match=r"^\[from_dlpack\] expected an array with __dlpack__, found list: use mg\.tensor"):
        mg.from_dlpack([1, 2])


def test_asarray_copies_only_where_it_must():
    a, t = np.arange(3.0), mg.ones(2, requires_grad=True)
    assert np.shares_memory(mg.as_tensor(a).numpy(), a) and mg.asarray(t) is t
    assert not np.shares_memory(mg.asarray(a, copy=True).numpy(), a) and mg.asarray([1, 2]).dtype == np.float32
    mg.asarray(t, np.float64).sum().backward()
    assert t.grad.tolist() == [1, 1] and mg.asarray(np.float64(3)).shape == ()
    for call in (lambda: mg.asarray([1], copy=False), lambda: mg.asarray(a, np.float32, copy=False),
                 lambda: mg.asarray(t, np.float64, copy=False)):
        with pytest.raises(ValueError, match=r"^\[asarray\] copy=False"):
            call()


def test_to_device():
    t = mg.ones(2)
    assert t.to_device(t.device) is t
    with pytest.raises(ValueError, match=r"^\[to_device\] expected stream=None"):
        t.to_device(t.device, stream=1)


def test_a_view_that_runs_backwards_is_copied():
    t = mg.arange(4.0)
    for view in (t[::-1], mg.flip(t, 0), t[::-2]):
        assert np.from_dlpack(view).tolist() == view.tolist()
        with pytest.raises(BufferError, match=r"^\[dlpack\] copy=False, but this is a view that runs backwards"):
            view.__dlpack__(copy=False)
