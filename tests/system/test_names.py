"""Names taken for others: what is said is true, and nothing is said or imported where nothing is wrong."""

import copy
import inspect
import pickle
import re
import subprocess
import sys
from types import ModuleType

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, ops, optim, rules
from minigrad.system import elsewhere, from_keras, names
from minigrad.system.names import ELSEWHERE, HOLDERS, LAYERS, VALUES, WEIGHTS, WRITERS, form_with_values
from minigrad.testing.operations import discover

x = mg.tensor([1.0, 2.0])
v = mg.Value(2.0)


@pytest.mark.parametrize("call, error, message", [
    (lambda: nn.relu(x), AttributeError, r"^module 'minigrad.nn' has no attribute 'relu': there is .*mg.relu.* mg.nn.ReLU"),
    (lambda: mg.ReLU()(x), AttributeError, r"'minigrad' has no attribute 'ReLU': there is the function mg.relu"),
    (lambda: mg.Linear(2, 3), AttributeError, r"mg.nn.Linear, to be made once and then called: mg.nn.Linear\(...\)\(x\)"),
    (lambda: nn.batchnorm2d(3), AttributeError, r"there is the layer mg.nn.BatchNorm2d"),
    (lambda: nn.cross_entropy(x, 1), AttributeError, r"there is the function mg.cross_entropy"),
    (lambda: mg.SGD([]), AttributeError, r"there is mg.optim.SGD$"),
    (lambda: optim.Sgd([]), AttributeError, r"there is mg.optim.SGD$"),
    (lambda: mg.array([x]), AttributeError, r"there is mg.tensor$"),
    (lambda: mg.Loader(), AttributeError, r"there is mg.data.Loader$"),
    (lambda: mg.DataLoader(), AttributeError, r"there is mg.utils.data.DataLoader, or mg.data.Loader$"),
    (lambda: nn.fit(x), AttributeError, r"there is the function mg.fit\(...\)$"),
    (lambda: mg.evaluate(x), AttributeError, r"there is the function mg.train.evaluate\(...\)$"),
    (lambda: mg.nothing_of_the_kind, AttributeError, r"^module 'minigrad' has no attribute 'nothing_of_the_kind'$"),
    (lambda: nn.dropout(x), TypeError, r"^\[mg.nn.dropout\] this is a file .* mg.dropout\(...\) and .*mg.nn.Dropout"),
    (lambda: nn.linear(x), TypeError, r"^\[mg.nn.linear\] .*the layer mg.nn.Linear"),
    (lambda: nn.loss(x), TypeError, r"^\[mg.nn.loss\] this is a file of minigrad and no function$"),
    (lambda: optim.adam([]), TypeError, r"^\[mg.optim.adam\] .*there is mg.optim.Adam$"),
    (lambda: mg.random(2, 3), TypeError, r"^\[mg.random\] .*there is mg.rand\(2, 3\) or mg.randn\(2, 3\)$"),
    (lambda: mg.value(3), AttributeError, r"no attribute 'value': there is mg.Value$"),
    (lambda: nn.ReLU(x), TypeError, r"^\[ReLU\] a layer is made first .*: nn.ReLU\(...\)\(x\), or call the function mg.relu$"),
    (lambda: nn.CrossEntropyLoss(x, x), TypeError, r"^\[CrossEntropyLoss\] a layer is made .* mg.cross_entropy$"),
    (lambda: nn.Softmax(dim=x), TypeError, r"^\[Softmax\] a layer is made first"),
    (lambda: nn.ReLU(3), TypeError, r"^\[ReLU\] takes no arguments, found 3$"),
    (lambda: nn.ReLU(True), ValueError, r"^\[ReLU\] found inplace=True but expected False: .* leave it out, .* is the same$"),
    (lambda: nn.LeakyReLU(0.2, inplace=True), ValueError, r"^\[LeakyReLU\] found inplace=True but expected False"),
    (lambda: nn.Hardtanh(-1, 1, True), ValueError, r"^\[Hardtanh\] found inplace=True but expected False"),
    (lambda: nn.functional.grid_sample(x, x), AttributeError, r"'grid_sample': torch.nn.functional.grid_sample is not here$"),
    (lambda: nn.init.xavier_uniform(x), AttributeError, r"there is the function mg.nn.init.xavier_uniform_\(...\)$"),
    (lambda: nn.init.HeNormal(), AttributeError, r"mg.nn.init.kaiming_normal_\(t, nonlinearity='relu'\)$"),
    (lambda: nn.init.VarianceScaling(), AttributeError, r"'VarianceScaling': keras.initializers.VarianceScaling is not here$"),
    (lambda: nn.utils.skip_init, AttributeError, r"'skip_init': torch.nn.utils.skip_init is not here$"),
    (lambda: nn.utils.prune, AttributeError, r"'prune': torch.nn.utils.prune is not here$"),
    (lambda: nn.utils.weight_norm, AttributeError, r"there is mg.nn.utils.parametrizations.weight_norm$"),
    (lambda: nn.utils.rnn.PackedSequence, AttributeError, r": torch.nn.utils.rnn.PackedSequence is not here$"),
    (lambda: nn.utils.parametrizations.orthogonal, AttributeError, r": torch.nn.utils.parametrizations.orthogonal is not"),
    (lambda: nn.utils.parametrize.type_before_parametrizations, AttributeError, r"type_before_parametrizations is not here$"),
    (lambda: optim.lr_scheduler.CosineDecay, AttributeError, r"there is mg.optim.CosineAnnealingLR$"),
    (lambda: optim.lr_scheduler.lambdalr, AttributeError, r"there is mg.optim.lr_scheduler.LambdaLR$"),
    (lambda: optim.swa_utils, AttributeError, r"there is mg.optim.AveragedModel, mg.optim.SWALR and mg.optim.update_bn$"),
    (lambda: optim.get_ema_avg_fn, AttributeError, r": torch.optim.swa_utils.get_ema_avg_fn is not here$"),
    (lambda: mg.fft.hfft2, AttributeError, r": torch.fft.hfft2 is not here$"),
    (lambda: mg.data.get_worker_info, AttributeError, r": torch.utils.data.get_worker_info is not here$"),
    (lambda: mg.data.random_split, AttributeError, r"there is dataset.split\(0.8\)$"),
    (lambda: mg.data.StratifiedKFold, AttributeError, r"there is dataset.folds\(5\)$"),
    (lambda: mg.data.TensorDataset, AttributeError, r"there is mg.utils.data.TensorDataset, or mg.data.Dataset$"),
    *[(lambda name=name: getattr(mg, name), AttributeError, rf"'{name}': torch.{name} is not here$")
      for name in ("special", "sparse", "distributions", "hub", "jit", "onnx")],
    (lambda: nn.quantized, AttributeError, r": torch.nn.quantized is not here$"),
    (lambda: mg.numel(x), AttributeError, r"there is t.numel\(...\), of a tensor$"),
    (lambda: mg.dtype, AttributeError, r"there is t.dtype, of a tensor$"),
    (lambda: nn.BatchNormalization(), AttributeError, r"there is mg.nn.BatchNorm1d or mg.nn.BatchNorm2d, with preset='keras'"),
    (lambda: nn.MultiHeadAttention(1, 2), AttributeError, r"there is the layer mg.nn.MultiheadAttention"),
    (lambda: nn.TimeDistributed(), AttributeError, r": keras.layers.TimeDistributed is not here$"),
    (lambda: nn.SparseCategoricalCrossentropy(), AttributeError, r"there is mg.nn.CrossEntropyLoss, of logits$"),
    (lambda: mg.MaxPooling2D(), AttributeError, r"there is mg.nn.MaxPool2d$"),
    (lambda: nn.Tanh(inplace=True), TypeError, r"^\[Tanh\] takes no arguments, found inplace$"),
])
def test_what_is_said(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_refuses_tensors_where_it_is_made(name):
    layer = getattr(nn, name)
    weighted = next(iter(inspect.signature(layer).parameters), "") in WEIGHTS          # nn.CrossEntropyLoss(weights)
    for call in (lambda: layer(x), lambda: layer(x, x), lambda: layer(3, x))[weighted:]:
        with pytest.raises(TypeError, match=rf"^\[{name}\] a layer is made first and then called with tensors: nn\.{name}\("):
            call()


def test_layers_that_pytorch_lets_write_in_place_may_be_told_not_to():
    assert nn.ReLU(inplace=False)(x).shape == nn.ReLU(False)(x).shape == (2,) and nn.LeakyReLU(0.2, False).negative_slope == 0.2
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    for name in LAYERS:
        theirs = getattr(torch.nn, name, None)
        if theirs is not None and name in nn.activation.__all__:
            assert ("inplace" in inspect.signature(theirs).parameters) == (name in WRITERS), name


def test_every_layer_is_known():
    layers = {name for name, cls in vars(nn).items() if inspect.isclass(cls) and issubclass(cls, nn.Module)}
    assert layers - HOLDERS == LAYERS.keys()
    assert all(function is None or callable(getattr(mg, function)) for function in LAYERS.values())


def test_layers_are_made_copied_and_derived_from_as_before():
    assert list(inspect.signature(nn.Linear).parameters) == ["in_features", "out_features", "bias", "init", "device"]
    for layer in (nn.ReLU(), nn.Linear(2, 3), nn.Dropout(0.1)):
        for again in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
            assert type(again) is type(layer)

    class Scaled(nn.Linear):
        def __init__(self, factor):
            super().__init__(2, 2)
            self.factor = factor

    assert Scaled(x).factor is x                # a module of one's own may hold tensors


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_others_call_it_is_here_under_the_name_that_is_said(name):
    assert all(map(callable, named_in(ELSEWHERE[name])))
    assert isinstance(getattr(mg, name, None), ModuleType) or not hasattr(mg, name)


def named_in(text):
    """The things of minigrad's and numpy's that a text speaks of."""
    for path in re.findall(r"\b(?:mg|np)\.[\w.]+", text):
        thing = {"mg": mg, "np": np}[path.split(".")[0]]
        for part in path.rstrip(".").split(".")[1:]:
            thing = getattr(thing, part)
        yield thing


@pytest.mark.parametrize("space", from_keras.SPACES)
def test_what_keras_calls_it_is_here_under_the_name_that_is_said(space):
    known = elsewhere.names()[f"keras.{space}"] | elsewhere.names()["keras.optimizers.schedules"]
    for name, text in from_keras.SPACES[space].items():
        assert name in known, name
        assert all(map(callable, named_in(text))) and any(named_in(text)), name
    for module, meant in from_keras.NAMES.items():
        assert not [name for name in meant if hasattr(sys.modules[module], name)]


@pytest.mark.parametrize("name", ["a.b", "TestInAClass.test", "f.<locals>.g", "", "_private", "__wrapped__", "kernels.no.such"])
def test_names_that_programs_ask_for_are_plainly_missing(name):
    for module in (mg, nn, optim):
        with pytest.raises(AttributeError, match=f"has no attribute '{re.escape(name)}'$"):
            getattr(module, name)


# ---- Values

@pytest.mark.parametrize("name", sorted(set(discover()) & set(ops.__all__)))
def test_an_operation_given_a_value_says_how_values_do_it(name):
    operation = getattr(mg, name)
    required = [p for p in inspect.signature(operation).parameters.values() if p.default is p.empty]
    if name in ("zeros", "ones", "rand", "randn", "eye", "identity", "arange", "normal", "uniform", "randint", "randperm"):
        return                                  # they take sizes
    others = {"shape": (1,), "dtype": np.float32, "index": 0, "axis": 0, "sizes": 1, "widths": 1, "size": 1, "condition": True}
    arguments = [others.get(p.name, v) for p in required]
    if name == "einsum":
        arguments = ["i->i", v]
    if name in ("concatenate", "stack", "hstack", "vstack", "dstack", "column_stack"):
        arguments = [[v, v]]
    if name == "where":
        arguments += [v, v]
    with pytest.raises(TypeError) as found:
        operation(*arguments)
    assert str(found.value).startswith(f"[{name}] this takes tensors, and found a Value"), found.value
    assert f"write {form_with_values(name)}; or give v.data" in str(found.value)


def test_the_forms_that_are_named_work():
    a, b, values = mg.Value(3.0), mg.Value(2.0), [mg.Value(1.0), mg.Value(4.0)]
    for name in {*VALUES, *rules.OPERATIONS} & {*ops.__all__} - {"where", "matmul", "linear"}:
        form, operation = form_with_values(name), getattr(mg, name)
        expected = operation(*[mg.tensor(1.0)] * (name in rules.OPERATIONS and rules.OPERATIONS[name].inputs == 1)
                             or [mg.tensor([1.0, 4.0])] * ("values" in form) or [mg.tensor(3.0), mg.tensor(2.0)])
        found = eval(form, {"v": mg.Value(1.0), "a": a, "b": b, "values": values})
        assert float(found) == pytest.approx(float(expected), rel=1e-6), name
    assert form_with_values("exp") == "v.exp()" and form_with_values("conv2d") == "it with those"


def test_values_among_arrays():
    for call in (lambda: x + [v, v], lambda: mg.mul(x, v), lambda: mg.tensor([1.0, v]), lambda: nn.Parameter(v),
                 lambda: nn.ReLU()(v), lambda: mg.full((2,), v)):
        with pytest.raises(TypeError, match="this takes tensors, and found a Value"):
            call()


# ---- at no cost

def test_nothing_is_imported_to_ask_whether_a_name_is_there():
    code = ("import sys, minigrad; hasattr(minigrad, '__wrapped__'); from minigrad.functional import tree; "
            "sys.exit('minigrad.data' in sys.modules or type(minigrad.graph) is not type(sys))")
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_files_that_operations_read_from_stay_plain_modules():
    """Python is quicker in those."""
    from minigrad import graph, kernels, rules, tensor
    assert {type(module) for module in (graph, kernels, rules, sys.modules["minigrad.tensor"])} == {ModuleType}
    assert tensor is mg.tensor and type(sys.modules["minigrad.nn.dropout"]) is names.File


def test_a_file_of_minigrad_is_pickled_by_its_name():
    """cloudpickle takes nn.parameters for something that a function with `model.parameters()` in it needs."""
    file = sys.modules["minigrad.nn.parameters"]
    assert type(file) is not ModuleType and pickle.loads(pickle.dumps(file)) is file and copy.deepcopy(file) is file
