"""How many threads the native kernels use. Results do not depend on it, only the time does.

At the start: MINIGRAD_NUM_THREADS if it is set, else the CPUs that this process may use (affinity, cgroup limits).
The numpy table has no threads of its own: its matrix products run on as many as numpy's BLAS takes.
"""

import operator
import os
import warnings
from types import ModuleType

MOST = 256          # the native kernels' own limit
_chosen = False     # whether set_num_threads was called


def native() -> ModuleType | None:
    """The extension with the native kernels, or None where it is not there."""
    try:
        from minigrad import _native
    except ImportError:
        return None
    return _native


def num_threads() -> int:
    """How many threads native kernels share their work among, the calling one included; 1 without native kernels."""
    module = native()
    return module.num_threads() if module else 1


def set_num_threads(threads: int) -> None:
    """Use this many threads in native kernels from now on, 1 or more (at most 256).

    Without the native kernels nothing can be set: a RuntimeWarning says what to do instead.
    """
    global _chosen
    if isinstance(threads, bool) or not hasattr(threads, "__index__"):
        raise TypeError(f"[set_num_threads] expected an int, found {type(threads).__name__}")
    threads = min(operator.index(threads), MOST)
    if threads < 1:
        raise ValueError(f"[set_num_threads] expected 1 or more threads, found {threads}")
    module = native()
    if module is None:
        warnings.warn("[set_num_threads] there are no native kernels here, so nothing was set: numpy's BLAS decides; "
                      f"set OPENBLAS_NUM_THREADS={threads} (or MKL_NUM_THREADS) before Python starts",
                      RuntimeWarning, stacklevel=2)
        return
    module.set_num_threads(threads)
    _chosen = True


def reason() -> str:
    """Why it is that many, in words."""
    if native() is None:
        return "no native kernels; numpy's BLAS may use more for matrix products"
    if _chosen:
        return "set_num_threads"
    wish = os.environ.get("MINIGRAD_NUM_THREADS", "")
    if wish.strip().isdecimal() and int(wish) > 0:
        return f"MINIGRAD_NUM_THREADS={wish.strip()}" + (f", at most {MOST}" if int(wish) > MOST else "")
    ignored = f"; MINIGRAD_NUM_THREADS={wish} is no number above 0" if wish else ""
    return f"the CPUs that this process may use{ignored}"
