"""A failing case as the text of a test: imports, inputs with every digit and in their layout, the check that failed.

    import numpy as np
    from minigrad.testing import checks
    from my_operations import softplus

    def test_softplus_smallest_case():
        x = np.array([0.5, -1.2])
        checks.gradient(checks.Case(softplus, (x,)))
"""

import inspect
import math
import sys
import textwrap
from pathlib import Path

import numpy as np

import minigrad as mg
from minigrad.testing.memory import LAYOUTS, arrange
from minigrad.testing.running import name_of

WIDTH = 110


def as_test(case, check, test, keywords=""):
    """Python text: a test function that runs the check of that name on the case, and so fails as it did.

    test: the gradfuzz test that found it. Operation and oracle are imported by their own names; those that have none, such
    as a lambda, are read from `test` in its module. keywords: text of further arguments of the check.
    """
    imports = {"from minigrad.testing import checks"}
    op = reference(case.op, test, "op", imports)
    made, given = [], []
    for value, name in zip(case.args, _parameter_names(case)):
        if isinstance(value, np.ndarray):
            made.append(f"{name} = {laid_out(value, imports)}")
        given.append(name if isinstance(value, np.ndarray) else literal(value, imports))
    args = f"({', '.join(given)}{',' if len(given) == 1 else ''})"
    options = f", {literal(dict(case.options), imports)}" if case.options else ""
    others = f", {reference(getattr(test, _COMPARED[check]), test, _COMPARED[check], imports)}" if check in _COMPARED else ""
    body = [*made, f"checks.{check}(checks.Case({op}, {args}{options}){others}{keywords})"]
    wrapped = ["\n".join(textwrap.wrap(line, WIDTH, initial_indent="    ", subsequent_indent="        ",
                                       break_long_words=False, break_on_hyphens=False)) for line in body]
    name = "".join(c if c.isalnum() else "_" for c in test.__name__.removeprefix("test_"))
    lines = sorted(imports, key=lambda line: (not line.startswith("import"), not line.startswith("from"), line))
    return "\n".join(["import numpy as np", "", *lines, "", "", f"def test_{name}_smallest_case():", *wrapped]) + "\n"


_COMPARED = {"forward": "oracle", "torch_parity": "torch"}      # checks that need another function: where the test keeps it


def literal(value, imports):
    """Text that makes the value again; a line for each import that it needs is added to `imports`."""
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, (tuple, list)):
        parts = ", ".join(literal(v, imports) for v in value)
        return f"[{parts}]" if isinstance(value, list) else f"({parts}{',' if len(value) == 1 else ''})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {literal(v, imports)}" for key, v in value.items()) + "}"
    if isinstance(value, np.dtype):
        return f"np.dtype({value.name!r})"
    if isinstance(value, type) and issubclass(value, np.generic):
        return f"np.{value.__name__}"
    if isinstance(value, np.generic):
        return f"np.{value.dtype.name}({_number(value)})" if value.dtype.kind != "b" else f"np.{value!s}_"
    return _number(value) if isinstance(value, float) else repr(value)


def reference(function, test, attribute, imports):
    """Text that finds the function again: its importable name, or `test`'s attribute of that name, or a place to put it."""
    if inspect.ismethod(function) and isinstance(function.__self__, type):      # MyFunction.apply
        return f"{reference(function.__self__, test, attribute, imports)}.{function.__name__}"
    name = getattr(function, "__qualname__", None) or getattr(function, "__name__", "")
    for module, alias in ((np, "np"), (mg, "mg")):
        if getattr(module, name, None) is function:
            imports |= {"import minigrad as mg"} if alias == "mg" else set()
            return f"{alias}.{name}"
    module = getattr(function, "__module__", None)
    if _find(module, name) is function:
        imports.add(f"from {_importable(module)} import {name.split('.')[0]}")
        return name
    name = _name_of_test(test)
    if name:
        module = _importable(test.__module__)
        imports.add(f"import {module}")
        found = f"{module}.{name}.{attribute}"
        if getattr(function, "__func__", None) is getattr(test, attribute):         # a test method: on an object of its class
            imports.add("from types import MethodType")
            return f"MethodType({found}, {module}.{name.rpartition('.')[0]}())"
        return found
    imports.add(f"{attribute} = ...     # put {name_of(function)} here: it has no name that could be imported")
    return attribute


def _name_of_test(test):
    """What `test` is called in its module, or in a class there: name or Class.name; None if it is not found."""
    for name, found in getattr(sys.modules.get(test.__module__), "__dict__", {}).items():
        if found is test:
            return name
        if isinstance(found, type) and found.__module__ == test.__module__:
            for inner, method in vars(found).items():
                if method is test:
                    return f"{name}.{inner}"
    return None


def _find(module, name):
    """What that name means in that module, or None."""
    found = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def _importable(module):
    """The name to import a module by: a script's own file for __main__."""
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    return Path(file).stem if module == "__main__" and file else module


def _parameter_names(case):
    """A name for each argument: the operation's own where it has them."""
    try:
        found = [p.name for p in inspect.signature(case.op).parameters.values()
                 if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    except (TypeError, ValueError):         # a builtin without a signature
        found = []
    names = found[:len(case.args)] + [f"x{i}" for i in range(len(found), len(case.args))]
    taken = {"np", "mg", "checks", "arrange", "laid", name_of(case.op)}
    return [f"{name}_" if name in taken else name for name in names]


def laid_out(a, imports):
    """Text of an array, in the memory layout that it has."""
    text = _array(a)
    offset = a.ctypes.data % 16 != 0
    for layout in ("offset", *LAYOUTS) if offset else LAYOUTS:
        if arrange(a, layout).strides == a.strides:
            if layout == "C":
                return text
            imports.add("from minigrad.testing.memory import arrange")
            return f"arrange({text}, {layout!r})"
    imports.add("from minigrad.testing.memory import laid")
    return f"laid({text}, {tuple(stride // a.itemsize for stride in a.strides)})"


def _array(a):
    """Text of an array with every digit."""
    dtype = "" if a.dtype in (np.float64, np.int64, np.bool_) else f", np.{a.dtype.name}"
    if a.size == 0:
        return f"np.zeros({a.shape}, np.{a.dtype.name})"
    return f"np.array({_nested(a)}{dtype})"


def _nested(a):
    return f"[{', '.join(map(_nested, a))}]" if np.ndim(a) else _number(a[()])


def _number(x):
    """The shortest text that reads as this number in its own dtype."""
    if isinstance(x, (complex, np.complexfloating)):
        return str(x) if np.isfinite(x) else f"complex({_number(x.real)}, {_number(x.imag)})"
    if isinstance(x, (float, np.floating)) and not math.isfinite(x):
        return "np.nan" if x != x else "np.inf" if x > 0 else "-np.inf"
    return str(x)
