"""Calling code that a student wrote: whatever it does, what comes back is a result or a finding.

Whatever is asked of a student's object (its text, its length, an attribute, to be an array) runs code that may be the
student's. So each such question stands in a `call` or an `asked`; only Ctrl-C passes them.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

HERE = Path(__file__).parent


class Failed(NamedTuple):
    """The student's code raised: what, and on which of its lines."""

    sentence: str
    step: str


def call(what: str, f: Callable[..., Any], *arguments: Any) -> Any:
    """f(*arguments), or Failed. what: its name, for the sentence."""
    try:
        return f(*arguments)
    except KeyboardInterrupt:
        raise
    except BaseException as error:          # exit() in homework must not end the grading of the others
        said = f"{what} raised {_text_of(error)}"
        return Failed(said + asked(_line, "", f, error), _remedy(error, arguments))


def asked(question: Callable[..., Any], otherwise: Any, *arguments: Any) -> Any:
    """question(*arguments), which a student's object answers; otherwise, where that raises."""
    try:
        return question(*arguments)
    except KeyboardInterrupt:
        raise
    except BaseException:
        return otherwise


def _text_of(error: BaseException) -> str:
    """ "ValueError: the message", and the type alone where there is no message, or none that can be had."""
    kind = type(error).__name__
    message: str = asked(lambda: f"{error}", "(its message cannot be had: its __str__ raised)")
    return f"{kind}: {message}".rstrip(": ")


def name_of(f: Callable[..., Any]) -> str:
    """What a function is called, in a sentence."""
    name = asked(lambda: f"{_inner(f).__name__}", "your function")
    return str(name).replace("<lambda>", "your function")


def _inner(f):
    while isinstance(f, partial):
        f = f.func
    return f


def _line(f, error):
    """ " (line 12 of me.py: `dw = g * x`)": the last line of the file that f stands in, or of any."""
    file = getattr(getattr(inspect.unwrap(_inner(f)), "__code__", None), "co_filename", None)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).parent != HERE]
    own = [frame for frame in frames if frame.filename == file] or frames
    if not own:
        return ""
    line = f": `{own[-1].line}`" if own[-1].line else ""
    return f" (line {own[-1].lineno} of {Path(own[-1].filename).name}{line})"


def _remedy(error, arguments):
    given = ", ".join(str(a.shape) for a in arguments if isinstance(a, np.ndarray))
    if isinstance(error, (ValueError, IndexError)) and given:
        return f"the shapes in that line; given were arrays of shape {given}"
    return "that line"


def as_array(x: Any) -> np.ndarray | str:
    """A gradient of the student's as an array of floats; or, in words, why it is none."""
    if x is None:
        return "None"
    kind = type(x).__name__
    kind = f"{'an' if kind[:1] in 'aeiouAEIOU' else 'a'} {kind}"
    a = call("turning it into an array", _converted, x)
    if isinstance(a, Failed):
        if isinstance(x, (list, tuple)) and a.sentence.startswith("turning it into an array raised ValueError"):
            return f"{kind}, which is no array (lists of unequal lengths?)"
        return f"{kind}, which is no array: {a.sentence}"
    if a.dtype.kind not in "fiub":
        return f"{kind} of {a.dtype}, not of numbers" if a.dtype.kind != "c" else "an array of complex numbers"
    return a if a.dtype.kind == "f" else a.astype(np.float64)


def _converted(x):
    return np.asarray(x.detach().numpy() if hasattr(x, "detach") else x)
