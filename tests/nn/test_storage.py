"""mg.save and mg.load: tensors by name, and nothing that runs code."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn


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
    for what, message in ([[1], r"found list: save model\.state_dict\(\)"], [{"a": {"b": mg.ones(1)}}, "found dict at 'a': give"],
                          [{1: mg.ones(1)}, "names that are strings, found 1"], [{"a": "b"}, "found str at 'a': leave it out"]):
        with pytest.raises(TypeError, match=rf"^\[save\] .*{message}"):
            mg.save(what, path)
    assert not path.exists()
    with pytest.raises(TypeError, match="the object first"):
        mg.save(path, nn.Linear(1, 1))
    with pytest.raises(TypeError, match=r"^\[load\] expected a path, found Linear"):
        mg.load(nn.Linear(1, 1))
    path.write_bytes(b"PK\x03\x04 and more")
    with pytest.raises(ValueError, match="found a pickle, as torch.save writes it"):
        mg.load(path)
    with pytest.raises(FileNotFoundError):
        mg.load(tmp_path / "none")
