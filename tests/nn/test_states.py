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


def test_state_dicts_modules_tensors_and_numbers(tmp_path):
    path = tmp_path / "a.safetensors"
    model, other = nn.Linear(3, 2), nn.Linear(3, 2)
    for what in (model, model.state_dict()):
        mg.save(what, path)
        other.load_state_dict(mg.load(path))
        assert (other.weight == model.weight).all()
    mg.save(mg.ones(2, requires_grad=True) * 3, path)
    assert mg.load(path)["tensor"].tolist() == [3, 3]
    mg.save({"w": mg.arange(3), "epoch": 7, "best": float("inf"), "done": True, "x": np.float64(2)}, path)
    found = mg.load(path)
    assert found["w"].dtype == np.int64 and found["x"].item() == 2
    assert (found["epoch"], found["best"], found["done"]) == (7, float("inf"), True)


def test_what_is_refused_and_what_to_do(tmp_path):
    path = tmp_path / "a.safetensors"
    for what, message in ([[1], r"found list: save model\.state_dict\(\)"], [{"a": {"b": mg.ones(1)}}, "found dict at 'a'"],
                          [{1: mg.ones(1)}, "names that are strings, found 1"], [{"a": "b"}, "found str at 'a': leave it out"]):
        with pytest.raises(TypeError, match=rf"^\[save\] .*{message}"):
            mg.save(what, path)
    assert not path.exists()
    with pytest.raises(TypeError, match="the object first"):
        mg.save(path, nn.Linear(1, 1))
    with pytest.raises(TypeError, match=r"^\[load\] expected a path, found Linear"):
        mg.load(nn.Linear(1, 1))
    path.write_bytes(b"PK\x03\x04 and more")
    with pytest.raises(ValueError, match=r"found a pickle, as torch\.save writes it"):
        mg.load(path)
    with pytest.raises(FileNotFoundError):
        mg.load(tmp_path / "none")
