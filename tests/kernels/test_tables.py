"""Every table has the reference's methods, with the same arguments and defaults; and the right one is chosen."""

import inspect
import os
import subprocess
import sys

import numpy as np
import pytest

from minigrad import kernels
from minigrad.kernels.reference import Kernels

native = pytest.importorskip("minigrad.kernels.native", reason="the C++ extension is not built here")


def methods(cls):
    return {name: f for name, f in inspect.getmembers(cls, inspect.isfunction) if not name.startswith("__")}


@pytest.mark.parametrize("name", sorted(methods(native.Native)))
def test_same_arguments_and_defaults(name):
    assert name in methods(Kernels), f"{name} is not in the reference table"
    assert inspect.signature(methods(native.Native)[name]) == inspect.signature(methods(Kernels)[name])


def test_the_native_table_overrides_the_hot_kernels():
    own = {name for name, f in methods(native.Native).items() if f is not methods(Kernels)[name]}
    assert own >= {
        "add", "sub", "mul", "div", "pick_mul", "pick_div", "exp", "log", "sqrt", "tanh", "sigmoid", "relu", "relu_backward",
        "sum", "mean", "max", "argmax", "prod", "var", "cumsum", "argsort",
        "matmul", "linear", "conv2d", "conv2d_input_grad", "conv2d_weight_grad", "max_pool2d",
        "avg_pool2d", "softmax", "cross_entropy", "cross_entropy_backward", "mse", "batch_norm", "batch_norm_backward",
        "dropout", "sgd_step", "adam_step", "gather_batch", "count_correct", "crop_batch", "resize_batch"}


def test_table_is_one_object_per_name():
    assert kernels.table("numpy") is kernels.table("numpy")
    assert kernels.table("native").name == "native" and kernels.table("numpy").name == "numpy"
    assert repr(kernels.table("native")) == "<minigrad kernels: native>"


FIRST_TO_ASK = """
import sys, threading
from minigrad import kernels
sys.setswitchinterval(1e-6)
found, start = set(), threading.Barrier(8)
def ask():
    start.wait()
    found.update(id(kernels.table(name)) for name in kernels.names())
threads = [threading.Thread(target=ask) for _ in range(8)]
for t in threads: t.start()
for t in threads: t.join()
print(len(found))
"""


def test_table_is_one_object_for_threads_that_ask_first_together():
    assert run(FIRST_TO_ASK).stdout == "2\n"


def test_unknown_table():
    with pytest.raises(ValueError, match=r"\[table\] there is no device 'gpu': choose one of numpy, native"):
        kernels.table("gpu")


def run(code, **environment):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("MINIGRAD_")}
    return subprocess.run([sys.executable, "-c", code], env=clean | environment, capture_output=True, text=True)


CHOICE = "from minigrad import kernels; t, why = kernels.default_table_and_reason(); print(t.name, '|', why)"
WITHOUT = "import sys; sys.modules['minigrad._native'] = None; "      # an import of it then fails


@pytest.mark.parametrize("code, environment, expected", [
    (CHOICE, {}, "native | the C++ extension is there"),
    (CHOICE, {"MINIGRAD_DEVICE": "numpy"}, "numpy | MINIGRAD_DEVICE=numpy"),
    (CHOICE, {"MINIGRAD_DEVICE": "native"}, "native | MINIGRAD_DEVICE=native"),
    (CHOICE, {"MINIGRAD_REQUIRE_NATIVE": "1"}, "native | MINIGRAD_REQUIRE_NATIVE=1"),
    (WITHOUT + CHOICE, {}, "numpy | the C++ extension is not there."),
    (WITHOUT + CHOICE, {"MINIGRAD_REQUIRE_NATIVE": "0"}, "numpy | the C++ extension is not there."),
    (WITHOUT + CHOICE, {"MINIGRAD_ISA": "avx1"}, "numpy | the C++ extension is not there."),
])
def test_choice_and_reason(code, environment, expected):
    done = run(code, **environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(expected)


@pytest.mark.parametrize("code, environment, expected", [
    (WITHOUT + CHOICE, {"MINIGRAD_REQUIRE_NATIVE": "1"}, "ImportError: [table] the native kernels cannot be loaded"),
    (WITHOUT + CHOICE, {"MINIGRAD_DEVICE": "native"}, "ImportError: [table] the native kernels cannot be loaded"),
    (CHOICE, {"MINIGRAD_DEVICE": "tpu"}, "ValueError: [default_table] MINIGRAD_DEVICE=tpu is no device"),
    (CHOICE, {"MINIGRAD_ISA": "avx1"}, "ImportError: [table] the native kernels cannot be loaded: MINIGRAD_ISA=avx1 names"),
    ("import minigrad._native", {"MINIGRAD_ISA": "avx1"}, "ImportError: MINIGRAD_ISA=avx1 names no kernels"),
])
def test_errors(code, environment, expected):
    done = run(code, **environment)
    assert done.returncode == 1
    assert expected in done.stderr


@pytest.mark.parametrize("isa", kernels.table("native") and native._native.available_isas())
def test_isa_can_be_forced(isa):
    done = run("from minigrad import _native; print(_native.isa())", MINIGRAD_ISA=isa)
    assert done.stdout.strip() == isa


def test_threads_from_the_environment():
    done = run("from minigrad import _native; print(_native.num_threads())", MINIGRAD_NUM_THREADS="3")
    assert done.stdout.strip() == "3"


def test_float64_is_the_reference_to_the_bit():
    a = np.random.default_rng(0).standard_normal((7, 5))
    for name in ("exp", "tanh", "sigmoid", "relu", "sqrt", "log"):
        x = np.abs(a) + 0.1
        y = getattr(kernels.table("native"), name)(x)
        assert y.dtype == np.float64
        np.testing.assert_array_equal(y, getattr(kernels.table("numpy"), name)(x))
