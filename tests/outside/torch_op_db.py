"""PyTorch's operator database: its own sample inputs through minigrad's functions, values and gradients compared.

Each entry's first samples are drawn in float64 (in int64 where it has no floats). The gradient is that of the sum of all
outputs times fixed weights. An entry that has no counterpart here is counted as not tried.
"""

import importlib.util
import itertools
import sys
import types
import unittest
import warnings

import numpy as np

import minigrad as mg
from minigrad.nn import functional as F

from .comparing import Outcome, arrays, close, reason, tensors, weighed
from .torch_table import CALLS

SAMPLES = 10
# what differs by intent, or is no function of numbers
APART = {
    "item": "no tensor comes back", "allclose": "no tensor comes back", "equal": "no tensor comes back",
    **dict.fromkeys("""uniform normal randn randint bernoulli multinomial randn_like rand_like nn.functional.dropout
                    nn.functional.dropout2d nn.functional.dropout3d nn.functional.alpha_dropout empty_like empty randint_like
                    new_empty""".split(), "random"),
    **dict.fromkeys(("bfloat16", "chalf", "char"), "no dtype of this kind"),
    "svd": "vectors up to a sign, tested by the house's own suite", "linalg.svd": "vectors up to a sign, as svd",
}


def database():
    """The entries. PyTorch's module asks for expecttest, of which its entries need nothing."""
    if "expecttest" not in sys.modules and importlib.util.find_spec("expecttest") is None:
        stand_in = types.ModuleType("expecttest")
        stand_in.TestCase = unittest.TestCase
        sys.modules["expecttest"] = stand_in
    return importlib.import_module("torch.testing._internal.common_methods_invocations").op_db


def full_name(entry):
    """The entry's name and variant."""
    return entry.name + (f".{entry.variant_test_name}" if entry.variant_test_name else "")


def counterpart(name, variant=""):
    """minigrad's function for a name of PyTorch's, or None."""
    for key in (f"{name}.{variant}", name):
        if key in CALLS:
            return CALLS[key]
    if name.startswith("nn.functional."):
        return vars(F).get(name.rpartition(".")[2])
    for space, module in (("linalg.", mg.linalg), ("fft.", mg.fft)):
        if name.startswith(space):
            return vars(module).get(name.removeprefix(space))
    if "." in name:
        return vars(mg).get(name.removeprefix("special.")) if name.startswith("special.") else None
    if name in mg.ops.__all__:
        return vars(mg)[name]
    return getattr(mg.Tensor, name, None) if callable(getattr(mg.Tensor, name, None)) else None


def translated(value, torch, leaves):
    """An argument of PyTorch's as minigrad's; tensors that require grad are noted in `leaves`, with their own."""
    if isinstance(value, torch.Tensor):
        array = value.detach().resolve_conj().resolve_neg().numpy().copy()
        t = mg.tensor(array, array.dtype)
        if value.requires_grad:
            t.requires_grad_()
            leaves.append((value, t))
        return t
    if isinstance(value, torch.dtype):
        return np.dtype(str(value).rpartition(".")[2])
    if isinstance(value, torch.Size):
        return tuple(value)
    if isinstance(value, (list, tuple)):
        parts = [translated(part, torch, leaves) for part in value]
        return type(value)(parts) if not hasattr(value, "_fields") else tuple(parts)
    if isinstance(value, dict):
        return {word: translated(part, torch, leaves) for word, part in value.items()}
    return value


def kept_words(options):
    """Keywords without those that say where a tensor shall lie."""
    return {word: value for word, value in options.items() if word not in ("device", "layout", "requires_grad", "memory_format",
                                                                           "pin_memory")}


def try_sample(torch, entry, sample, function):
    """Values and gradients of one sample, compared."""
    leaves = []
    ours = function(translated(sample.input, torch, leaves), *translated(tuple(sample.args), torch, leaves),
                    **translated(kept_words(sample.kwargs), torch, leaves))
    theirs = entry.op(sample.input, *sample.args, **sample.kwargs)
    if full_name(entry) in ("linalg.eigh",):
        theirs = [theirs[0], theirs[1].abs()]
    mine, others = tensors(ours), tensors(theirs)
    if len(mine) < len(others):         # values alone, where PyTorch gives their indices too
        others = others[:len(mine)]
    assert len(mine) == len(others), f"{len(mine)} results, expected {len(others)}"
    for i, (a, b) in enumerate(zip(mine, others)):
        close(f"result {i}" if len(mine) > 1 else "values", arrays(a)[0], arrays(b)[0])
    if not leaves or not entry.supports_autograd:
        return
    expected = weighed([y for y in others if isinstance(y, torch.Tensor) and y.requires_grad])
    if expected is None:
        return
    wanted = torch.autograd.grad(expected, [a for a, _ in leaves], allow_unused=True)
    scalar = weighed([y for y, b in zip(mine, others) if b.requires_grad])
    if scalar.requires_grad:            # steps have no gradient here, and zeros in PyTorch
        scalar.backward()
    for i, (want, (a, t)) in enumerate(zip(wanted, leaves)):
        want = np.zeros(tuple(a.shape)) if want is None else arrays(want)[0]
        grad = np.zeros(t.shape) if t.grad is None else arrays(t.grad)[0]
        close(f"gradient {i}", grad, want, 1e-5, 1e-6)


def try_entry(torch, entry, count=SAMPLES):
    """-> its outcome."""
    name = full_name(entry)
    why = APART.get(entry.name)
    function = None if why else counterpart(entry.name, entry.variant_test_name)
    if function is None:
        return Outcome(name, why or "no counterpart", "not tried")
    dtypes = entry.supported_dtypes("cpu")
    dtype = next((d for d in (torch.float64, torch.int64, torch.complex128, torch.bool) if d in dtypes), None)
    grad = entry.supports_autograd and dtype in (torch.float64, torch.complex128)
    tried = 0
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        try:
            samples = list(itertools.islice(entry.sample_inputs("cpu", dtype, requires_grad=grad), count))
        except Exception as e:
            return Outcome(name, f"PyTorch draws no samples: {reason(e)}", "not tried")
        for sample in samples:
            if sample.kwargs.get("dropout_p"):      # random
                continue
            try:
                try_sample(torch, entry, sample, function)
                tried += 1
            except Exception as e:
                return Outcome(name, reason(e), "tried")
    return Outcome(name, "" if tried else "no samples", "tried" if tried else "not tried")


def run(only=None, count=SAMPLES):
    """-> the outcomes of all entries, or of those named."""
    import torch

    return [try_entry(torch, entry, count) for entry in database() if only is None or full_name(entry) in only]
