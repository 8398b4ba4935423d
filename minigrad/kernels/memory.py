"""The memory that the native kernels keep for reuse.

Large results come from a pool of blocks, since fresh memory costs more than most kernels take; each thread keeps some
scratch as well. The pool keeps at most 1 GiB, at most a quarter of what this process may have (the machine's memory, or
the limit of its control group), and nothing while more than half of that is in use.
"""

from minigrad.kernels.threads import native


def empty_cache() -> None:
    """Give the memory that is kept for reuse, and the scratch of every thread, back to the operating system.

    Arrays that are in use stay as they are. Kernels that other threads are running are waited for. Without native
    kernels there is nothing to give back.
    """
    module = native()
    if module:
        module.release_memory()
