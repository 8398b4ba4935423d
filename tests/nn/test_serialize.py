"""Weights on disk: whole files only, and errors that name the file."""

import struct

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn


def net():
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 2))


def test_save_and_load(tmp_path, device):
    a, b = net(), net()
    a(mg.randn((5, 3)))
    nn.save(a, tmp_path / "weights.safetensors")
    assert nn.load(b, str(tmp_path / "weights.safetensors")) is b
    theirs = b.state_dict()
    for name, value in a.state_dict().items():
        assert value.dtype == theirs[name].dtype
        np.testing.assert_array_equal(value, theirs[name])
    assert [p.name for p in tmp_path.iterdir()] == ["weights.safetensors"]


def test_arrays_of_every_layout_come_back(tmp_path):
    arrays = {"transposed": np.arange(6.0).reshape(2, 3).T, "strided": np.arange(10)[::2],
              "zero": np.array(3, np.int64), "empty": np.zeros((0, 3), np.float32),
              "half": np.ones(2, np.float16), "flag": np.array(True)}
    nn.write_arrays(arrays, tmp_path / "a.safetensors", {"note": "words"})
    back = nn.read_arrays(tmp_path / "a.safetensors")
    assert back.keys() == arrays.keys()
    for name, a in arrays.items():
        assert back[name].dtype == a.dtype and back[name].shape == a.shape
        np.testing.assert_array_equal(back[name], a)


def test_a_failed_save_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.safetensors"
    nn.write_arrays({"x": np.ones(3)}, path)
    with pytest.raises(Exception, match=r"complex|supported|dtype"):
        nn.write_arrays({"x": np.array([object()])}, path)
    assert nn.read_arrays(path)["x"].tolist() == [1, 1, 1]
    assert [p.name for p in tmp_path.iterdir()] == ["a.safetensors"]


def test_a_truncated_file(tmp_path):
    path = tmp_path / "a.safetensors"
    nn.save(net(), path)
    path.write_bytes(path.read_bytes()[:-8])
    before = net()
    state = before.state_dict()
    with pytest.raises(ValueError, match=r"a\.safetensors: expected a whole safetensors file .*: save or download"):
        nn.load(before, path)
    assert all((state[name] == a).all() for name, a in before.state_dict().items())


@pytest.mark.parametrize("content", [b"", b"not a safetensors file, but long enough to have a header", b"\x80\x04"])
def test_what_is_no_safetensors_file(tmp_path, content):
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"a\.safetensors: expected a whole .*found {len(content)} bytes"):
        nn.read_arrays(path)


def test_a_missing_file_is_an_error_and_a_missing_directory_is_made(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.safetensors: expected a safetensors file, found nothing"):
        nn.load(net(), tmp_path / "none.safetensors")
    with pytest.raises(FileNotFoundError, match="expected a safetensors file, found a directory"):
        nn.load(net(), tmp_path)
    nn.save(net(), tmp_path / "sub" / "a.safetensors")          # what was trained is worth more than a mkdir
    nn.load(net(), tmp_path / "sub" / "a.safetensors")


def header(text, data=b""):
    """A safetensors file of that header."""
    return struct.pack("<Q", len(text)) + text.encode() + data


@pytest.mark.parametrize("content", [
    header('{"a": {"dtype": "F32", "shape": [' + "1," * 99 + '1], "data_offsets": [0, 4]}}', bytes(4)),     # 100 axes
    header('{"a": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}}', bytes(4)),
    header('{"a": {"dtype": "F8_E4M3", "shape": [4], "data_offsets": [0, 4]}}', bytes(4)),
    header('{"a": {"dtype": "F32", "shape": [0, 4294967295, 4294967295, 4294967295], "data_offsets": [0, 0]}}'),
    header('{"a": {"dtype": "F32", "shape": [18446744073709551615], "data_offsets": [0, 4]}}', bytes(4)),
    header('{"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}', bytes(4)),
    header('{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4000]}}', bytes(4)),
    header('{"a": ' * 5000 + "1" + "}" * 5000), header('{"a": 1}'), header("[]"), header("{}x"), struct.pack("<Q", 2**63),
], ids=range(12))
def test_hostile_files_are_errors_that_name_the_file(tmp_path, content):
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    try:
        nn.read_arrays(path)
    except ValueError as error:
        assert str(error).startswith(f"{path}: expected a whole safetensors file of numbers that numpy knows, found ")


@pytest.mark.parametrize("array", [np.array([object()]), np.array(["text"]), np.zeros(2, np.complex128),
                                   np.zeros(1, "datetime64[s]")], ids=lambda a: str(a.dtype))
def test_what_cannot_be_stored_is_named(tmp_path, array):
    with pytest.raises(TypeError, match=r"\[write_arrays\] .*a\.safetensors: expected arrays of numbers .*found odd "):
        nn.write_arrays({"fine": np.ones(2), "odd": array}, tmp_path / "a.safetensors")
    assert not list(tmp_path.iterdir())


def test_wrong_names_name_the_file(tmp_path):
    path = tmp_path / "a.safetensors"
    nn.save(nn.Linear(3, 4), path)
    with pytest.raises(ValueError, match=r"a\.safetensors: \[load_state_dict\] .*\n  missing: 0\.weight \(4, 3\)"):
        nn.load(net(), path)


def test_pytorch_reads_and_writes_the_same_files(tmp_path):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    from safetensors.torch import load_file, save_file

    ours = net()
    nn.save(ours, tmp_path / "ours.safetensors")
    theirs = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
    theirs.load_state_dict(load_file(tmp_path / "ours.safetensors"))
    np.testing.assert_array_equal(theirs[0].weight.detach().numpy(), ours[0].weight.detach().numpy())
    torch.nn.init.ones_(theirs[3].weight)
    save_file(theirs.state_dict(), tmp_path / "theirs.safetensors")
    assert set(np.ravel(nn.load(ours, tmp_path / "theirs.safetensors")[3].weight.tolist())) == {1}


def test_what_is_no_module_is_not_saved(tmp_path):
    with pytest.raises(TypeError, match=r"^\[save\] expected a Module, found str: save\(model, path\), the model first"):
        nn.save("model.safetensors", nn.Linear(2, 1))
    with pytest.raises(TypeError, match=r"^\[save\] expected a Module, found dict$"):
        nn.save({}, tmp_path / "x")
