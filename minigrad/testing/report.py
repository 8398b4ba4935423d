"""What a run of the suite found: counts, reasons, failures, and the table of them."""

from dataclasses import dataclass, field
from typing import NamedTuple

ASPECTS = "forward", "first", "second", "nothing", "integers", "native", "torch"
PROFILES = {"dev": 10, "ci": 40, "nightly": 250}        # cases for each description of an operation and each aspect
TITLES = {"forward": "forward", "first": "first order", "second": "second order", "nothing": "nothing in",
          "integers": "integers", "native": "native parity", "torch": "torch parity"}


class Failure(NamedTuple):
    """A case that failed: the operation, the aspect, what is special about the inputs, the message, the shrunk case."""

    operation: str
    aspect: str
    about: str
    message: str
    test: str           # the case as a test to paste; empty for a kink, which is in the message

    def __str__(self) -> str:
        about = f" ({self.about})" if self.about else ""
        return f"{self.operation}, {self.aspect}{about}\n{self.message}\n\n{self.test}".rstrip() + "\n"


@dataclass
class Report:
    """counts: cases by (operation, aspect); reasons: why an aspect does not apply; seconds: of every operation."""

    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    reasons: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    wall_seconds: float = 0.0

    @property
    def cases(self) -> int:
        return sum(self.counts.values())

    def __bool__(self) -> bool:
        """Whether all was right."""
        return not self.failures

    def add(self, operation: str, aspect: str, count: int, seconds: float) -> None:
        self.counts[operation, aspect] = self.counts.get((operation, aspect), 0) + count
        self.seconds[operation] = self.seconds.get(operation, 0.0) + seconds

    def leave_out(self, operation: str, aspect: str, reason: str) -> None:
        known = self.reasons.setdefault((operation, aspect), [])
        if reason not in known:
            known.append(reason)

    def merge(self, other: "Report") -> "Report":
        """Both reports as one, in place; they are of different operations."""
        for name in ("counts", "reasons", "seconds"):
            getattr(self, name).update(getattr(other, name))
        self.failures += other.failures
        return self

    def table(self) -> str:
        """Markdown: operation x aspect. A cell is the number of cases, or a note that says why there are none."""
        aspects = [a for a in TITLES if any(key[1] == a for key in (*self.counts, *self.reasons))]
        notes: list[str] = []
        lines = ["| operation | " + " | ".join(TITLES[a] for a in aspects) + " |", "|---|" + "--:|" * len(aspects)]
        for name in sorted({operation for operation, _ in (*self.counts, *self.reasons)}):
            lines.append(f"| `{name}` | " + " | ".join(self._cell(name, a, notes) for a in aspects) + " |")
        totals = [sum(n for (_, a), n in self.counts.items() if a == aspect) for aspect in aspects]
        lines.append(f"| **{len(self.seconds)} operations, {self.cases:,} cases** | "
                     + " | ".join(f"**{n:,}**" for n in totals) + " |")
        return "\n".join([*lines, "", *(f"({i}) {note}  " for i, note in enumerate(notes, 1))]).rstrip() + "\n"

    def _cell(self, name: str, aspect: str, notes: list[str]) -> str:
        failed = sum(f.operation == name and f.aspect == aspect for f in self.failures)
        if failed:
            return f"**{failed} failed**"
        if self.counts.get((name, aspect)):
            return f"{self.counts[name, aspect]:,}"
        marks = []
        for reason in self.reasons[name, aspect]:
            if reason not in notes:
                notes.append(reason)
            marks.append(f"({notes.index(reason) + 1})")
        return " ".join(marks)
