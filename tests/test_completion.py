"""Completion by tab, which asks dir: what users use, and nothing of the engine's own. And tensors print as numpy's arrays."""

import numpy as np
import pytest

import minigrad as mg
from minigrad import data, nn, optim, train, viz

x = mg.ones(2)
INTERNAL = {"assignment", "declare", "escape", "exchange", "graph", "hooks", "modes", "ops", "rules", "scalar", "system",
            "differentiable_kernels", "k", "touch", "keeps_its_array", "takes_any_shape", "TYPE_CHECKING", "missing",
            "files_of"}


@pytest.mark.parametrize(("thing", "some"), [
    (mg, {"Tensor", "Value", "relu", "nn", "optim", "data", "train", "fit", "kernels", "linalg", "fft", "random", "float32",
          "long", "__version__", "no_grad", "viz", "grad", "testing"}),
    (nn, {"Linear", "Module", "functional", "init", "utils", "save"}), (optim, {"SGD", "lr_scheduler", "EMA"}),
    (data, {"Loader", "mnist", "Dataset"}), (train, {"fit", "sweep", "Checkpoint", "callbacks"}), (viz, {"compare", "draw"}),
    (x, {"shape", "T", "relu", "backward", "grad", "node", "numpy", "__add__"}),
    (nn.Parameter(1.0), {"shape", "grad"}), (nn.Linear(2, 1), {"weight", "bias", "forward", "state_dict", "train"}),
    (nn.Sequential(nn.ReLU()), {"append", "parameters"}),
], ids=lambda a: a.__name__ if hasattr(a, "__name__") else type(a).__name__)
def test_what_dir_shows(thing, some):
    found = dir(thing)
    assert some <= set(found) and found == sorted(set(found))
    assert not [name for name in found if name in INTERNAL or name[0] == "_" and name[:2] != "__"]
    for name in found:
        if name[:2] != "__" and name not in ("mT", "T"):
            getattr(thing, name)


def test_modules_within_a_module_are_shown_by_name():
    class Net(nn.Module):
        def __init__(self):
            self.body, self._cache = nn.Sequential(nn.Linear(2, 2)), None

    assert "body" in dir(Net()) and "_cache" not in dir(Net()) and "0" not in dir(Net().body)
    assert "head" in dir(nn.ModuleDict({"head": nn.Linear(2, 1)}))


@pytest.mark.parametrize("array", [
    np.float32([1 / 3, 2 / 3, 1e-9]), np.array([1 / 3, 2 / 3]), np.float32(1 / 3), np.array(1e10 / 3), np.float16([1 / 3]),
    np.array([1 / 3 + 2j / 3]), np.eye(3, dtype=np.float32) / 3, np.arange(2000)], ids=lambda a: f"{a.dtype} {a.shape}")
def test_tensors_round_as_numpys_arrays_do(array):
    text = np.array2string(np.asarray(array), separator=", ", prefix="tensor(")
    assert repr(mg.tensor(array)).removeprefix("tensor(").startswith(text)
    with np.printoptions(precision=2, suppress=True):
        assert repr(mg.tensor(array)).removeprefix("tensor(").startswith(
            np.array2string(np.asarray(array), separator=", ", prefix="tensor("))
