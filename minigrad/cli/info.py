"""`minigrad info`: what runs here, and why."""

import argparse
import importlib.util
import os
import platform
from pathlib import Path
from typing import Any

import numpy as np

import minigrad as mg
from minigrad import graph, kernels
from minigrad.cli.words import one_line, say
from minigrad.data.fetch import find, user_cache
from minigrad.data.mnist import FASHION_MNIST, MNIST
from minigrad.kernels import threads
from minigrad.system import startup


def info(args: argparse.Namespace) -> int:
    """Print it; returns the exit code."""
    table, why = kernels.default_table_and_reason()
    system = f"{platform.system()} {platform.machine()}"
    for name, text in (("minigrad", f"{mg.__version__} in {Path(mg.__file__).parent}; {_distribution()}"),
                       ("python", f"{platform.python_version()}, numpy {np.__version__}, {system}"),
                       ("kernels", f"{table.name}: {why}"), ("graph", f"{graph.kind}: {graph.reason}"),
                       *_native_lines(), ("threads", f"{threads.num_threads()}: {threads.reason()}"),
                       *((c.name, _where(c, args.data)) for c in (MNIST, FASHION_MNIST))):
        say(f"{name:14}{text}")
    return 0


def _native_lines() -> list[tuple[str, str]]:
    native = threads.native()
    if native is None:      # the line on kernels says why
        return []
    memory = native.memory_stats()
    return [("instructions", f"{native.isa()}, of {', '.join(native.available_isas())} in this build on this machine"),
            ("memory pool", f"{memory['in_use_bytes']:,} bytes in use, {memory['cached_bytes']:,} kept for reuse "
                            f"(minigrad.empty_cache() frees them); this process may have {native.memory_limit():,}")]


def _distribution() -> str:
    """Which distribution the files belong to: others on the package index are imported as `minigrad` too."""
    from importlib.metadata import packages_distributions, version

    owners = set(packages_distributions().get("minigrad", []))
    others = sorted(owners - {"minigrad-engine"})
    if others:
        return (f"but {', '.join(f'{name} {version(name)}' for name in others)} installs a `minigrad` as well, another "
                f"project: pip uninstall {' '.join(others)}, then install minigrad-engine again")
    if other := startup.hidden() if _incomplete() else None:
        return f"a source tree; the installed one is in {other}"
    return "installed as minigrad-engine" if owners else "a source tree that is not installed"


def _incomplete() -> bool:
    """Whether an extension is missing here."""
    return any(importlib.util.find_spec(f"minigrad.{name}") is None for name in ("_native", "_graph"))


def _where(collection: Any, root: str | None) -> str:
    """Where a data set lies, or that it does not."""
    try:
        places = [Path(place).expanduser() for place in (root, os.environ.get("MINIGRAD_DATA"), user_cache()) if place]
        found = [find(collection, file, places) for file in collection.files]
    except (ValueError, ImportError) as error:     # a damaged file; no pooch to name the cache
        return one_line(error)
    folders = sorted({str(path.parent) for path in found if path})
    if None in found:
        return f"not here (looked in {', '.join(map(str, places))}); downloaded when first used"
    return f"in {' and '.join(folders)}"
