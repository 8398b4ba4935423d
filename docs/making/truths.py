"""What the tables of docs/conventions.md and docs/gradients.md say of one operation."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from docstrings import inline
from families import PHRASES, WORDS

DOCS = Path(__file__).parents[1]
# the aspects of gradients.md, as a reader of one operation wants to hear of them
ASPECTS = {"forward": "values", "first order": "gradients", "second order": "gradients of gradients",
           "nothing in": "0 where nothing comes in", "integers": "integers", "native parity": "the C++ kernels",
           "torch parity": "PyTorch"}
SECTIONS = "Conventions", "Complex numbers", "Modules, optimisers, training", "Devices"
MANY = 7        # a row that lists more than these is about none of them in particular


@cache
def rows() -> list[tuple[str, str, set[str]]]:
    """The rows of conventions.md that are about something by name: (what, here, names)."""
    text = (DOCS / "conventions.md").read_text(encoding="utf-8")
    found = []
    for section in re.split(r"^##? ", text, flags=re.M)[1:]:
        title = section.splitlines()[0]
        if title not in SECTIONS:
            continue
        for what, here in re.findall(r"^\| (.+?) \| (.+?) \|", section, flags=re.M):
            names = named(what, words=title == "Conventions")
            if what != "what" and names and what.count(",") < MANY:
                found.append((what, here, names))
    return found


def named(what: str, words: bool) -> set[str]:
    """The operations and classes that a row's first cell names. words: those outside `code` count, too."""
    names: set[str] = set()
    for phrase, meant in PHRASES.items():
        if phrase in what:
            names |= set(meant.split())
            what = what.replace(phrase, " ")
    for code in re.findall(r"`([^`]*)`", what):
        names |= set(re.findall(r"(?<![\w.=(])(?:mg\.|np\.)?(\w+)(?=$|[(,])", code))
    names |= set(re.findall(r"(\w+)'?\(", re.sub(r"`[^`]*`", "", what)))
    if words:
        plain = set(re.findall(r"\b[A-Za-z_]\w+\b", re.sub(r"`[^`]*`|\([^)]*\)", " ", what)))
        names |= plain - WORDS
    else:
        names |= set(re.findall(r"\b(?:abs|angle|SGD|RMSprop|Rprop|Lion)\b", what))
    return names


def decided(name: str) -> list[str]:
    """What the conventions decide for an operation or class, as lines of reST: "what: here"."""
    return [f"{inline(what)}\\ : {inline(here)}" for what, here, names in rows() if name in names]


@cache
def table() -> tuple[list[str], dict[str, list[str]], dict[str, str]]:
    """gradients.md: the aspects, {operation: a cell for each}, {number: note}."""
    text = (DOCS / "gradients.md").read_text(encoding="utf-8")
    head = re.search(r"^\| operation \| (.+) \|$", text, flags=re.M)
    aspects = head[1].split(" | ") if head else []
    found = {name: cells.split(" | ") for name, cells in re.findall(r"^\| `([\w.]+)` \| (.+) \|$", text, flags=re.M)}
    notes = dict(re.findall(r"^\((\d+)\) (.+?) *$", text, flags=re.M))
    return aspects, found, notes


def checked(name: str) -> list[str]:
    """What of an operation is fuzzed, and what is not and why."""
    aspects, found, notes = table()
    cells = found.get(name) or found.get(name.rpartition(".")[2])
    if not cells:
        return []
    done = [ASPECTS[aspect] for aspect, cell in zip(aspects, cells, strict=True) if cell[0].isdigit()]
    reasons: dict[str, list[str]] = {}
    for aspect, cell in zip(aspects, cells, strict=True):
        if not cell[0].isdigit():
            why = "; ".join(notes[number] for number in re.findall(r"\((\d+)\)", cell))
            reasons.setdefault(why, []).append(ASPECTS[aspect])
    return [inline(", ".join(done)), *(f"not {inline(', '.join(left))}\\ : {inline(why)}" for why, left in reasons.items())]
