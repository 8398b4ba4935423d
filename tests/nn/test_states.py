"""mg.save and mg.load: state dicts under PyTorch's names of functions; and PyTorch's names of dtypes."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn


def test_a_state_dict_there_and_back(tmp_path):
    mg.manual_seed(0)
    model, other = nn.Linear(3, 2), nn.Linear(3, 2)
    mg.save(model.state_dict(), tmp_path / "a.safetensors")
    assert not any(other.load_state_dict(mg.load(tmp_path / "a.safetensors")))
    np.testing.assert_array_equal(other(np.ones((1, 3))).detach().numpy(), model(np.ones((1, 3))).detach().numpy())
    mg.save(model, tmp_path / "b.safetensors")
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()
    mg.save(dict(model.named_parameters()) | {"epoch": np.array(3)}, tmp_path / "c.safetensors")
    assert mg.load(tmp_path / "c.safetensors")["epoch"] == 3


@pytest.mark.parametrize(("call", "message"), [
    (lambda path: mg.save([1, 2], path), r"^\[save\] expected a module.* found list: .*save_checkpoint"),
    (lambda path: mg.save({"note": "x"}, path), r"^\[save\] expected tensors, arrays and numbers, found str at 'note'"),
    (lambda path: mg.load(nn.Linear(1, 1)), r"^\[load\] expected a path, found Linear: .*load_state_dict"),
])
def test_what_it_refuses(call, message, tmp_path):
    with pytest.raises(TypeError, match=message):
        call(tmp_path / "x.safetensors")
    assert not list(tmp_path.iterdir())


def test_pytorchs_names_of_dtypes():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    for name in ("float", "double", "half", "long", "int", "short", "bool", "float16", "int8", "int16", "int32", "uint8"):
        assert np.dtype(getattr(mg, name)) == torch.ones(1, dtype=getattr(torch, name)).numpy().dtype
    assert mg.tensor([1, 2], dtype=mg.long).dtype == np.int64
    assert "float" not in vars(mg)                      # Python's own stays what it is in there


def test_initial_values_are_written_into_tensors():
    m = nn.Linear(2, 2)
    nn.init.normal_(m.weight, 0.0, 0.02)
    with pytest.raises(TypeError, match=r"^\[init\] found ndarray but expected a tensor: give the parameter itself"):
        nn.init.normal_(m.weight.data, 0.0, 0.02)
    with pytest.raises(RuntimeError, match=r"^\[uniform_\] a write in place has no gradient"):
        m.weight.uniform_(-1, 1)
