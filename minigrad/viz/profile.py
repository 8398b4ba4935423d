"""Where the time of a step goes, kernel by kernel: `minigrad.profile(step)`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from minigrad.kernels.profiling import Row, counting

HEAD = "kernel", "on", "calls", "us a call", "MB", "GB/s", "GFLOP/s", "share"


@dataclass
class Profile:
    """What `profile` found. rows: the kernels, the slowest first (name, where, calls, seconds, bytes, flops); seconds: from
    beginning to end, Python included; steps: how many there were. Printed, it is a table for one step.
    """

    rows: list[Row]
    seconds: float
    steps: int = 1

    @property
    def fallbacks(self) -> list[str]:
        """The kernels that the native table left to numpy."""
        return [row.name for row in self.rows if row.fallback]

    def __str__(self) -> str:
        lines = [HEAD, *(self._line(row) for row in self.rows)]
        rest = self.seconds - sum(row.seconds for row in self.rows)
        microseconds = _decimals(rest / self.steps * 1e6)
        lines.append(("everything else", "python", "", microseconds, "", "", "", _share(rest, self.seconds)))
        widths = [max(len(line[i]) for line in lines) for i in range(len(HEAD))]
        text = ["  ".join(cell.ljust(w) if i < 2 else cell.rjust(w) for i, (cell, w) in enumerate(zip(line, widths))).rstrip()
                for line in lines]
        times = f"{self.seconds / self.steps * 1e3:.3f} ms a step" + (f", {self.steps} steps" if self.steps > 1 else "")
        left = [f"left to numpy: {', '.join(self.fallbacks)}"] if self.fallbacks else []
        return "\n".join([times, *text, *left])

    __repr__ = __str__

    def _line(self, row: Row) -> tuple[str, ...]:
        seconds = max(row.seconds, 1e-12)
        megabytes, bandwidth = (row.bytes / self.steps / 1e6, row.bytes / seconds / 1e9) if row.bytes else (None, None)
        speed = row.flops / seconds / 1e9 if row.flops else None
        numbers = row.calls / self.steps, row.seconds / row.calls * 1e6, megabytes, bandwidth, speed
        return row.name, row.where, *map(_decimals, numbers), _share(row.seconds, self.seconds)


def profile(step: Callable[..., Any], *args: Any, steps: int = 10) -> Profile:
    """Run step(*args) once to warm up and then `steps` times, and say which kernels took how long.

        print(mg.profile(lambda: train_one_batch(x, y)))

    For each kernel of a step: how often it is called, microseconds a call, megabytes that go in and out and how many
    gigabytes a second that is, GFLOP/s of products, and its share of the whole. What is neither is Python's: the graph, the
    optimiser's bookkeeping, your own code. Native kernels run as always; a line "numpy" is one that the native table leaves
    to the reference. Counting costs some microseconds a call, of every thread, while it lasts.

    TypeError if step is not callable; ValueError unless steps is at least 1.
    """
    if not callable(step):
        raise TypeError(f"[profile] expected a function that makes one step, found {type(step).__name__}: profile(lambda: "
                        "train(x, y)), not profile(train(x, y))")
    if isinstance(steps, bool) or not hasattr(steps, "__index__") or steps < 1:
        raise ValueError(f"[profile] steps must be an int of at least 1, found {steps!r}")
    step(*args)
    with counting() as counts:
        for _ in range(steps):
            step(*args)
    return Profile(counts.rows, counts.seconds, steps)


def _decimals(x: float | None) -> str:
    if x is None:
        return ""
    return f"{x:.0f}" if x >= 100 or x == int(x) else f"{x:.1f}" if x >= 10 else f"{x:.2f}"


def _share(part: float, whole: float) -> str:
    return f"{100 * part / max(whole, 1e-12):.1f} %"
