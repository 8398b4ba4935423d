"""What all outside suites share: outcomes, and how an answer is compared with another library's."""

from typing import NamedTuple

import numpy as np

import minigrad as mg


class Outcome(NamedTuple):
    """One entry of a suite: `why` is empty where it passes; `kind` says what it is counted under."""

    name: str
    why: str = ""
    kind: str = ""


def reason(error):
    """The first line of an error, short enough for a table."""
    text = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {text[0]}"[:150].replace("|", "/")


def arrays(answer):
    """Numbers, tensors, and tuples or lists of them -> a flat list of numpy arrays."""
    if isinstance(answer, (tuple, list)):
        return [array for part in answer for array in arrays(part)]
    if hasattr(answer, "detach"):
        answer = answer.detach()
        answer = answer.resolve_conj().resolve_neg() if hasattr(answer, "resolve_conj") else answer
    return [answer.numpy() if hasattr(answer, "numpy") else np.asarray(answer)]


def tensors(answer):
    """The same, the tensors among them as they are."""
    if isinstance(answer, (tuple, list)):
        return [tensor for part in answer for tensor in tensors(part)]
    return [answer]


def compare(what, ours, theirs, rtol, atol):
    """AssertionError where shapes or numbers differ."""
    assert ours.shape == theirs.shape, f"{what}: shape {ours.shape}, expected {theirs.shape}"
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=atol, err_msg=what, equal_nan=True)


def close(what, ours, theirs, rtol=1e-5, atol=1e-7):
    """compare, with an error of one line: how far the two are from one another."""
    try:
        compare(what, ours, theirs, rtol, atol)
    except AssertionError as e:
        lines = str(e).strip().splitlines()
        far = next((line.strip() for line in lines if "Max absolute" in line or "nan location" in line), "")
        raise AssertionError(f"{what}: {far}" if far else lines[0]) from None


def weights(shape):
    """Fixed numbers that no symmetry of a gradient survives."""
    return np.cos(np.arange(int(np.prod(shape)), dtype=np.float64) * 1.7 + 0.3).reshape(shape)


def weighed(outputs):
    """The sum of all float outputs, each times fixed weights, as a scalar of either library; None where there is none."""
    total = None
    for y in outputs:
        if isinstance(y, np.ndarray):
            raise TypeError("numpy's array comes back, and no gradient passes")
        library = mg if isinstance(y, mg.Tensor) else __import__("torch")
        parts = [y] if is_float(y) else [library.real(y), library.imag(y)] if is_complex(y) else []
        for part in parts:
            w = weights(tuple(part.shape))
            w = mg.tensor(w, part.dtype) if library is mg else library.tensor(w, dtype=part.dtype)
            term = (part * w).sum()
            total = term if total is None else total + term
    return total


def is_float(y):
    """Whether a tensor of either library has floats."""
    return "float" in str(getattr(y, "dtype", ""))


def is_complex(y):
    """Whether a tensor of either library has complex numbers."""
    return "complex" in str(getattr(y, "dtype", ""))
