"""What can go wrong while minigrad is imported, said plainly."""

import functools
import os
import sys
import warnings
from importlib.machinery import EXTENSION_SUFFIXES

_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))         # the package
_IN_PLACE = "python setup.py build_ext --inplace"


@functools.cache
def hidden() -> str | None:
    """The folder of another minigrad on Python's path, one with compiled extensions, which this one without hides.

    So it is when Python starts in a clone of the repository after `pip install .`: the source tree is found first.
    """
    for entry in sys.path:
        other = os.path.join(entry or os.getcwd(), "minigrad")
        if os.path.realpath(other) != os.path.realpath(_HERE) and any(
                os.path.exists(os.path.join(other, name + suffix)) for name in ("_native", "_graph")
                for suffix in EXTENSION_SUFFIXES):
            return other
    return None


def remedy(usual: str) -> str:
    """What to do about a compiled extension that is not there: the usual, unless another minigrad has it."""
    other = hidden()
    return usual if other is None else (
        f"this minigrad, in {_HERE}, hides the installed one in {other}, which has extensions: start Python in another "
        f"folder, or run, in the source tree: {_IN_PLACE}")


@functools.cache
def warn_if_hidden() -> None:
    """Say it once, unless the plain parts are wished for."""
    other = hidden()
    if other is not None and os.environ.get("MINIGRAD_DEVICE") != "numpy" and os.environ.get("MINIGRAD_GRAPH") != "python":
        warnings.warn(f"minigrad is imported from {_HERE}, which lacks compiled extensions, and so hides the installed one "
                      f"in {other}, which has them: it runs 5 to 10 times slower. Start Python in another folder, or run, in "
                      f"the source tree: {_IN_PLACE}", RuntimeWarning, stacklevel=2)


def leave_if_command(error: BaseException) -> None:
    """If this process is the command `minigrad`, or `python -m minigrad`: end it with one line, without a traceback."""
    name = os.path.basename(sys.argv[0]) if sys.argv else ""
    if name == "-m":            # runpy is still looking for the module
        words = sys.orig_argv
        module = next((after if word == "-m" else word[2:] for word, after in zip(words[1:], [*words[2:], ""])
                       if word.startswith("-m")), "")
        ours = module in ("minigrad", "minigrad.__main__")
    else:
        ours = name in ("minigrad", "minigrad.exe", "minigrad-script.py") or (
            os.path.realpath(sys.argv[0]) == os.path.join(os.path.realpath(_HERE), "__main__.py") if name else False)
    if not ours:
        return
    interrupted = isinstance(error, KeyboardInterrupt)
    if sys.stderr is not None:
        text = "interrupted" if interrupted else (str(error).strip() or type(error).__name__).splitlines()[0]
        print(f"minigrad: {text}", file=sys.stderr)
    raise SystemExit(130 if interrupted else 1) from None
