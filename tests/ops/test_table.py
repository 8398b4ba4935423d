"""The differentiable table has every kernel that it needs, and what rules may use: no array operators, no aux."""

import inspect
from importlib import import_module
from pkgutil import walk_packages

import numpy as np
import pytest

import minigrad as mg
from minigrad import kernels, rules
from minigrad.kernels.reference import Kernels
from minigrad.ops.table import DifferentiableKernels
from minigrad.tensor import constant
from minigrad.testing.running import projected

from ..test_seam import Opaque, hide, reveal
from .samples import names, samples
from .test_every_operation import derivatives, each, exact
from .test_every_operation import several as several_outputs

# Kernels that no rule calls: they make, read or move arrays, or step an optimiser.
OPTIMISER_STEPS = {f"{kind}_step" for kind in ("adadelta", "adagrad", "adam", "adamax", "asgd", "average", "lion", "muon",
                                               "nadam", "radam", "rmsprop", "rprop", "sgd")}
NO_CALCULUS = OPTIMISER_STEPS | {
    "asarray", "assign", "check_classes", "check_step", "clip_all", "constant", "count_correct", "empty", "full",
    "affine_batch", "crop_batch", "gather_batch", "jitter_batch", "mix_batch", "paste_boxes", "resize_batch",
    "sample_words",
    "inverse_places", "max_pool2d_places", "next_key", "norm_of_all", "read_only", "rows", "running_update", "scale_to_norm",
    "start_of_backward", "tally", "to_numpy", "unique_places"}
PUBLIC = {name for name, _ in inspect.getmembers(Kernels, inspect.isfunction) if not name.startswith("_")}
INHERITED = {name for name in PUBLIC if getattr(DifferentiableKernels, name) is getattr(Kernels, name)}
# Fused kernels whose plain body the reference spells out in other kernels, though an operation stands for each.
SPELT_OUT = {"add_at", "batch_norm", "batch_norm_inference", "cross_entropy", "group_norm", "gru", "linear", "log_softmax",
             "logsumexp", "lstm", "mean", "mse", "rnn", "softmax"}
COMPOSITES = (INHERITED - NO_CALCULUS) | SPELT_OUT

R = np.random.default_rng(3)
ROWS, OTHER, CLASSES = R.standard_normal((4, 3)), R.standard_normal((4, 3)), np.array([2, 0, 1, 1])
ONE, G, MEAN, VAR = np.array(1.5), R.standard_normal((4, 3)), R.standard_normal(3), R.uniform(1, 2, 3)
STEPS, STATES, STATE, GATES = (R.standard_normal(shape) for shape in ((3, 2, 8), (3, 2, 2), (2, 2), (8, 2)))
ARGUMENTS = {
    "add_at": [(ROWS, np.array([2, 0, 2]), OTHER[:3]), (ROWS, (slice(None), np.array([1, 1])), MEAN[:2])],
    "lstm": [(STEPS, STATE, STATE + 1, GATES, way) for way in (False, True)],
    "lstm_backward": [(STATES, STATE, STEPS, STATE, STATE + 1, GATES, None, way) for way in (False, True)],
    "gru": [(STEPS[..., :6], STATE, GATES[:6], bias, False) for bias in (None, GATES[:6, 0])],
    "gru_backward": [(STATES, STEPS[..., :6], STATE, GATES[:6], bias, None, True) for bias in (None, GATES[:6, 0])],
    "rnn": [(STATES, STATE, GATES[:2], relu, relu) for relu in (False, True)],
    "rnn_backward": [(STATES, np.tanh(STATES), STATE, GATES[:2], relu, relu) for relu in (False, True)],
    "leaky_relu_backward": [(G, ROWS, 0.1)], "elu_backward": [(G, ROWS, 0.7)], "gelu_inner": [(ROWS,)],
    "silu_backward": [(G, ROWS)], "gelu_backward": [(G, ROWS)], "gelu_tanh_backward": [(G, ROWS)],
    "relu_backward": [(G, ROWS)], "sigmoid_backward": [(G, ROWS)], "tanh_backward": [(G, ROWS)],
    "linear": [(ROWS, G, MEAN[:1].repeat(4)), (ROWS, G)],
    "linear_backward": [(G, ROWS, np.ones((3, 3)), (True, True, True))],
    "conv2d_backward": [(R.standard_normal((2, 4, 3, 3)), R.standard_normal((2, 3, 4, 4)), R.standard_normal((4, 3, 2, 2)),
                         None, (True, True, True), ((1, 1), (0, 0), (1, 1), 1))],
    "mean": [(ROWS,), (ROWS, 0, True), (ROWS, (0, 1))],
    "softmax": [(ROWS, 1), (ROWS, 0)], "softmax_backward": [(G, ROWS, 1)],
    "log_softmax": [(ROWS, 1), (ROWS, 0)], "log_softmax_backward": [(G, ROWS, 1)],
    "logsumexp": [(ROWS, 1), (ROWS, 0, True)],
    "cross_entropy": [(ROWS, OTHER, r) for r in ("mean", "sum", "none")],
    "cross_entropy_backward": [(ONE, ROWS, t, None, r) for t in (CLASSES, OTHER) for r in ("mean", "sum")]
    + [(G[:, 0], ROWS, CLASSES, None, "none")],
    "cross_entropy_target_grad": [(ONE, ROWS, "mean"), (G[:, 0], ROWS, "none")],
    "mse": [(ROWS, OTHER, r) for r in ("mean", "sum", "none")],
    "mse_backward": [(ONE, ROWS, OTHER, "mean"), (G, ROWS, OTHER, "none")],
    "batch_norm": [(ROWS, VAR, MEAN, 1e-5)], "batch_norm_backward": [(G, ROWS, VAR, None, 1e-5)],
    "group_norm": [(ROWS, VAR, MEAN, 1, 1e-5), (G[None], np.ones(4), np.ones(4), 2, 1e-5)],
    "group_norm_backward": [(G, ROWS, VAR, None, (True, True, True), 1, 1e-5)],
    "batch_norm_inference": [(ROWS, MEAN, VAR, VAR, MEAN, 1e-5)],
    "batch_norm_inference_backward": [(G, ROWS, MEAN, VAR, VAR, 1e-5)],
}


def several(result):
    return [r for r in (result if isinstance(result, tuple) else (result,)) if r is not None]


def test_every_kernel_is_an_operation_or_a_composite():
    """A kernel added to the reference fails here until it says which of the three it is."""
    assert set(ARGUMENTS) == COMPOSITES
    assert NO_CALCULUS <= INHERITED and not SPELT_OUT & INHERITED


@pytest.mark.parametrize("name", sorted(COMPOSITES))
def test_composites_run_on_tensors(name):
    """... give the same numbers as on arrays, and every floating point result is part of the graph."""
    k = kernels.table("numpy")
    differentiable = mg.differentiable_kernels(k)
    for args in ARGUMENTS[name]:
        tensors = [mg.Tensor(a, requires_grad=a.dtype.kind == "f", device="numpy") if isinstance(a, np.ndarray) else a
                   for a in args]
        found = several(getattr(Kernels, name)(differentiable, *tensors))
        expected = several(getattr(k, name)(*args))
        for y, a in zip(found, expected, strict=True):
            assert y.shape == a.shape and y.requires_grad
            np.testing.assert_allclose(y.detach().numpy(), a, rtol=1e-12, atol=1e-12)


class Spelled(Opaque):
    """Opaque handles for the primitives only: what calls nothing but kernels is run as it is written."""


for _name in COMPOSITES:
    setattr(Spelled, _name, getattr(Kernels, _name))


@pytest.mark.parametrize("name", sorted(COMPOSITES))
def test_composites_call_kernels_only(name):
    k = Spelled()
    for args in ARGUMENTS[name]:
        found = several(getattr(k, name)(*map(hide, args)))
        for y, a in zip(found, several(getattr(kernels.table("numpy"), name)(*args)), strict=True):
            np.testing.assert_array_equal(reveal(y), a)


def test_the_fused_forward_of_integer_targets_calls_kernels_only():
    loss, _ = Spelled().cross_entropy(hide(ROWS), hide(CLASSES), "none")
    np.testing.assert_array_equal(reveal(loss), kernels.table("numpy").cross_entropy(ROWS, CLASSES, "none")[0])


def opaque(case, k):
    """The case's inputs as tensors of which only shape and dtype can be seen."""
    return [constant(k, k.asarray(a)).requires_grad_() for a in case.inputs]


@each
def test_operations_and_rules_see_shape_and_dtype_only(case):
    """Forward, backward and the backward of that, on opaque handles: every array operator would be an error."""
    found, expected = derivatives(case.f, opaque(case, Spelled())), exact(case)
    for fs, es in zip(found, expected, strict=True):
        for a, b in zip(fs, es, strict=True):
            np.testing.assert_array_equal(a, b)
    tensors = opaque(case, Spelled())
    ys = case.f(*tensors)
    for y in ys if isinstance(ys, (list, tuple)) else [ys]:
        if y.requires_grad:
            y.backward(constant(y.k, hide(np.ones(y.shape))), retain_graph=True)           # the first order alone
    assert all(isinstance(t.grad.data, type(hide(G))) for t in tensors)


def nodes(*roots):
    """Every operation that these tensors depend on."""
    seen, stack = {}, [t.node for t in roots if isinstance(t, mg.Tensor) and t.node is not None]
    while stack:
        node = stack.pop()
        if id(node) not in seen:
            seen[id(node)] = node
            stack += [p for p in node.parents if p is not None]
    return [n for n in seen.values() if n.rule is not None]


def project(ts):
    return sum(projected(t * t, 0) for t in ts if t.requires_grad)


def walk(y, tensors):
    """The gradients in tensors, as tensors of the graph; empty if y depends on none."""
    for t in tensors:
        t.grad = None
    if isinstance(y, mg.Tensor) and y.requires_grad:
        y.backward(create_graph=True)
    return [t.grad for t in tensors if t.grad is not None]


# rules whose gradient is another than the function's on purpose, so that no sample meets them: where they are run
ON_PURPOSE = {"shared_rule": "tests/ops/test_embedding.py"}


def test_every_rule_is_run():
    """The samples, to the third order, meet every rule that there is: none escapes the tests above."""
    missing = {name for name, f in vars(rules).items() if inspect.isfunction(f) and f.__module__.startswith(rules.__name__)
               and not name.startswith("_")}
    for info in walk_packages(mg.ops.__path__, "minigrad.ops."):
        module = import_module(info.name)
        missing |= {name for name, f in vars(module).items() if inspect.isfunction(f) and name.endswith("_rule")}
    missing -= ON_PURPOSE.keys()
    for case in [*samples(), *samples(6)]:
        if not missing:
            break
        k = Spelled()
        single = [a.astype(np.complex64 if a.dtype.kind == "c" else np.float32) for a in case.inputs]
        tensors = [constant(k, k.asarray(a)).requires_grad_() for a in single]
        ys = several_outputs(case.f(*tensors))
        for _ in range(3):
            y = project(ys)
            missing -= {node.rule.__name__ for node in nodes(y)}
            ys = walk(y, tensors)
    assert not missing


def strip(y):
    """Forget aux, what fused kernels kept for their backward; the names of the rules that had some."""
    stripped = set()
    for node in nodes(y):
        if not inspect.isfunction(node.rule):       # the compiled graph's own copy_rule
            continue
        places = list(inspect.signature(node.rule).parameters)[3:]
        if "aux" in places:
            args, i = list(node.args), places.index("aux") - len(node.saved)
            if args[i] is not None:
                stripped.add(node.rule.__name__)
            args[i] = None
            node.args = tuple(args)
    return stripped


WITH_AUX = [(c, name) for c, name in zip(samples(), names(samples()), strict=True)
            if c.op in ("cross_entropy", "batch_norm", "max_pool2d")]


@pytest.mark.parametrize("case", [c for c, _ in WITH_AUX], ids=[name for _, name in WITH_AUX])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rules_can_do_without_aux(case, dtype, device):
    def run(forget):
        tensors = [mg.Tensor(a, dtype=dtype, requires_grad=True) for a in case.inputs]
        ys, results = case.f(*tensors), []
        for _ in range(2):
            y = project(several_outputs(ys))
            forget(y)
            if not results:
                y.backward(retain_graph=True)
                results += [t.grad.numpy() for t in tensors]
            ys = walk(y, tensors)
            results += [t.detach().numpy() for t in ys]
        return results

    found, expected = run(strip), run(lambda y: None)
    assert len(found) == len(expected) >= 3 * len(case.inputs) - 1
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4 if dtype == np.float32 else 1e-10, atol=1e-5)


def test_the_cases_above_have_aux_where_kernels_keep_some(device):
    kept = {rule for c, _ in WITH_AUX
            for rule in strip(c.f(*[mg.Tensor(a, dtype=np.float32, requires_grad=True) for a in c.inputs]))}
    assert kept == ({"max_pool2d_rule"} if device == "numpy"
                    else {"max_pool2d_rule", "cross_entropy_rule", "batch_norm_rule"})


def test_out_has_no_meaning_here():
    x = mg.Tensor([1.0, 2])
    k = mg.differentiable_kernels(x.k)
    with pytest.raises(RuntimeError, match=r"\[add\] the differentiable table writes into nothing: out must be None"):
        k.add(x, x, out=x)
    assert mg.differentiable_kernels(x.k) is k and repr(k) == "<minigrad kernels: differentiable>"


SPELT_HERE = [name for name, f in vars(DifferentiableKernels).items() if name in PUBLIC and f.__code__.co_name == name]


@pytest.mark.parametrize("name", SPELT_HERE)
def test_same_arguments_as_the_reference(name):
    assert inspect.signature(getattr(DifferentiableKernels, name)) == inspect.signature(getattr(Kernels, name))
