"""One function or class as reST: its signature, its docstring, its methods."""

from __future__ import annotations

import inspect
import re
from functools import cache
from typing import Any, Optional

from docstrings import rest
from numpy.typing import ArrayLike, DTypeLike

from minigrad import types

EMPTY = inspect.Parameter.empty


def signature(thing: Any, method: bool = False) -> str:
    """As a user would write it: annotations as they stand in the source, defaults as Python shows them."""
    try:
        found = inspect.signature(thing)
    except (TypeError, ValueError):
        return "(...)"
    parameters = list(found.parameters.values())
    if method and parameters and parameters[0].name in ("self", "cls", "a", "t"):
        parameters = parameters[1:]
    made, star = [], False
    for i, p in enumerate(parameters):
        if p.kind is p.KEYWORD_ONLY and not star:
            made.append("*")
            star = True
        star = star or p.kind is p.VAR_POSITIONAL
        text = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "") + p.name
        if p.annotation is not EMPTY:
            text += f": {_annotation(p.annotation)}"
        if p.default is not EMPTY:
            text += (" = " if p.annotation is not EMPTY else "=") + _default(p.default)
        made.append(text)
        if p.kind is p.POSITIONAL_ONLY and (i + 1 == len(parameters) or parameters[i + 1].kind is not p.POSITIONAL_ONLY):
            made.append("/")
    result = found.return_annotation
    returns = "" if result is EMPTY or inspect.isclass(thing) else f" -> {_annotation(result)}"
    return f"({', '.join(made)}){returns}"


@cache
def _words() -> dict[str, str]:
    """What Python has made of minigrad's and numpy's words for unions where it did not keep the word: the word."""
    unions = {"ArrayLike": ArrayLike, "DTypeLike": DTypeLike, **{word: getattr(types, word) for word in types.__all__}}
    # not `union | None`: a word may be a string, which has no |
    unions = {f"{word} | None": Optional[union] for word, union in unions.items()} | unions      # noqa: UP045
    return {text: word for word, union in unions.items() if len(text := str(union)) > 24}


def _annotation(annotation: Any) -> str:
    text = annotation if isinstance(annotation, str) else str(annotation)
    for long, word in _words().items():
        text = text.replace(long, word)
    if isinstance(annotation, type) and "[" not in text:
        text = annotation.__qualname__
    text = re.sub(r"\b(?:typing|types|collections\.abc|numpy(?:\.\w+)*|minigrad(?:\.\w+)*|os|pathlib)\.(?=\w)", "", text)
    text = re.sub(r"ndarray\[tuple\[Any, \.\.\.\], dtype\[(\w+)\]\]", r"NDArray[\1]", text)
    return text if "Literal" in text else re.sub(r"ForwardRef\('([^']*)'\)|[\"']", r"\1", text)


def _default(value: Any) -> str:
    if isinstance(value, type):
        return value.__name__
    text = repr(value)
    return "..." if "<" in text or len(text) > 40 else text


def takes(thing: Any) -> list[str]:
    """The names of its parameters."""
    try:
        return list(inspect.signature(thing).parameters)
    except (TypeError, ValueError):
        return []


def document(thing: Any) -> str:
    """Its docstring; "" for one that dataclass and namedtuple write, or that is inherited."""
    text = vars(thing).get("__doc__") if inspect.isclass(thing) else getattr(thing, "__doc__", None)
    text = inspect.cleandoc(text or "")
    if inspect.isclass(thing) and re.match(rf"{thing.__name__}\(", text):
        return ""
    return text


def indented(lines: list[str], by: int = 3) -> list[str]:
    return [" " * by + line if line else "" for line in lines]


def facts_of(facts: list[tuple[str, list[str]]]) -> list[str]:
    """What is known of it, as a list of fields."""
    made = []
    for name, words in facts:
        if len(words) == 1:
            made.append(f":{name}: {words[0]}")
        else:
            made += [f":{name}:", *(f"   - {word}" for word in words), ""]
    return [*made, ""]


def entry(module: str, name: str, thing: Any, facts: list[tuple[str, list[str]]], classes: set[type]) -> list[str]:
    kind = "class" if inspect.isclass(thing) else "function"
    body = rest(document(thing)) + facts_of(facts)
    if kind == "class":
        body += members(thing, classes)
    return [f".. py:{kind}:: {name}{signature(thing)}", f"   :module: {module}", "", *indented(body), ""]


def members(cls: type, classes: set[type]) -> list[str]:
    """What users call of it: its own members, and those of bases that have no entry, nor a base with one; what a base defines
    as well only if it says something. classes: those that have entries."""
    import minigrad as mg

    elsewhere = {ancestor for base in classes.intersection(cls.__mro__[1:]) for ancestor in base.__mro__}
    made, seen, of_mg = [], set(), []
    for owner in cls.__mro__:
        known = owner is not cls and not classes.isdisjoint(owner.__mro__)
        if known or owner in elsewhere or not owner.__module__.startswith("minigrad"):
            continue
        for name, member in vars(owner).items():
            if name in seen or name[0] == "_":
                continue
            seen.add(name)
            function = member.__func__ if isinstance(member, (classmethod, staticmethod)) else member
            operation = getattr(mg, name, None)
            if cls is mg.Tensor and operation and inspect.unwrap(function) is inspect.unwrap(operation):
                of_mg.append(name)
            elif getattr(mg, getattr(function, "__name__", " "), None) is function:
                continue            # a function of mg that the class keeps
            elif isinstance(member, property) or inspect.isgetsetdescriptor(member) or inspect.ismemberdescriptor(member):
                if text := inspect.cleandoc(getattr(member, "__doc__", None) or ""):
                    made += [f".. py:property:: {name}", "", *indented(rest(text)), ""]
            elif callable(function) and not inspect.isclass(function):
                text = document(function)
                if not text and (not inspect.isfunction(function) or any(hasattr(base, name) for base in owner.__mro__[1:])):
                    continue
                options = ["   :classmethod:"] if isinstance(member, classmethod) else []
                if isinstance(member, staticmethod):
                    options = ["   :staticmethod:"]
                made += [f".. py:method:: {name}{signature(function, not isinstance(member, staticmethod))}", *options, "",
                         *indented(rest(text)), ""]
    if of_mg:
        made += rest("And, each with its entry as a function: " + ", ".join(f"`{name}`" for name in sorted(of_mg)) + ".")
    return made
