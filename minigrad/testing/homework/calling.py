"""Calling code that a student wrote: whatever it does, what comes back is a result or a finding."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np


class Failed(NamedTuple):
    """The student's code raised: what, and on which of its lines."""

    sentence: str
    step: str


def call(what: str, f: Callable[..., Any], *arguments: Any) -> Any:
    """f(*arguments), or Failed. what: its name, for the sentence."""
    try:
        return f(*arguments)
    except (Exception, SystemExit) as error:        # exit() in homework must not end the grading of the others
        said = f"{what} raised {type(error).__name__}: {error}".rstrip(": ")
        return Failed(said + _line(f, error), _remedy(error, arguments))


def name_of(f: Callable[..., Any]) -> str:
    """What a function is called, in a sentence."""
    return getattr(_inner(f), "__name__", "your function").replace("<lambda>", "your function")


def _inner(f):
    while isinstance(f, partial):
        f = f.func
    return f


def _line(f, error):
    """ " (line 12 of me.py: `dw = g * x`)": the last line of the file that f stands in, or of any."""
    file = getattr(getattr(inspect.unwrap(_inner(f)), "__code__", None), "co_filename", None)
    frames = traceback.extract_tb(error.__traceback__)[1:]
    own = [frame for frame in frames if frame.filename == file] or frames
    if not own:
        return ""
    line = f": `{own[-1].line}`" if own[-1].line else ""
    return f" (line {own[-1].lineno} of {Path(own[-1].filename).name}{line})"


def _remedy(error, arguments):
    given = ", ".join(str(a.shape) for a in arguments if hasattr(a, "shape"))
    if isinstance(error, (ValueError, IndexError)) and given:
        return f"the shapes in that line; given were arrays of shape {given}"
    return "that line"


def as_array(x: Any) -> np.ndarray | str:
    """A gradient of the student's as an array of floats; or, in words, why it is none."""
    if x is None:
        return "None"
    try:
        a = np.asarray(x.detach().numpy() if hasattr(x, "detach") else x)
    except Exception:
        lengths = " (lists of unequal lengths?)" if isinstance(x, (list, tuple)) else ""
        return f"a {type(x).__name__}, which is no array{lengths}"
    if a.dtype.kind not in "fiub":
        return f"a {type(x).__name__} of {a.dtype}, not of numbers" if a.dtype.kind != "c" else "an array of complex numbers"
    return a if a.dtype.kind == "f" else a.astype(np.float64)
