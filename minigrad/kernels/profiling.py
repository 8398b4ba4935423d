"""How often each kernel runs, and what it takes: native calls are counted at their door, the others where tables are called."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from minigrad.kernels.threads import native
from minigrad.kernels.watching import watching

_running: dict[str, Any] = {}           # the counts, while there are any


@dataclass
class Row:
    """One kernel. seconds: of its own, without the kernels that it calls; bytes in and out and flops: 0 where nobody counts."""

    name: str
    where: str                  # the table's name; or "numpy" for what the native table leaves to the reference
    calls: int = 0
    seconds: float = 0.0
    bytes: int = 0
    flops: float = 0.0
    fallback: bool = False      # whether the native table left it to the reference


@dataclass
class Counts:
    """What `counting` found: rows, the slowest first, and the seconds from beginning to end."""

    rows: list[Row] = field(default_factory=list)
    seconds: float = 0.0


@contextmanager
def counting() -> Iterator[Counts]:
    """Count the kernels that run within, on every table, in every thread; RuntimeError within another."""
    counts, beside = Counts(), _Beside()
    if _running.setdefault("counts", counts) is not counts:
        raise RuntimeError("[profile] kernels are being counted already, further out or in another thread: let that end first")
    try:
        with watching(beside.count), _counting_at_the_door(counts):
            start = time.perf_counter()
            try:
                yield counts
            finally:
                counts.seconds = time.perf_counter() - start
        counts.rows = sorted(counts.rows + list(beside.rows.values()), key=lambda row: -row.seconds)
    finally:
        del _running["counts"]


@contextmanager
def _counting_at_the_door(counts: Counts) -> Iterator[None]:
    """Native calls, whoever makes them: their rows are there at the end."""
    module = native()
    if module is None:
        yield
        return
    module.start_counting()
    try:
        yield
    finally:
        counts.rows = [Row(name, "native", *numbers) for name, numbers in module.stop_counting().items()]


class _Beside:
    """The kernels that computed without a native call."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], Row] = {}

    def count(self, name: str, table: Any, seconds: float) -> None:
        fallback = table.name == "native"
        where = "numpy" if fallback else table.name
        row = self.rows.setdefault((name, where), Row(name, where, fallback=fallback))
        row.calls += 1
        row.seconds += seconds
