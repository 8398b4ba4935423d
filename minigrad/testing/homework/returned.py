"""What a student's function returned, sorted by the parameters it is of."""

from __future__ import annotations

from typing import Any

import numpy as np

from minigrad.testing.homework.calling import as_array, asked
from minigrad.testing.homework.engine import Problem
from minigrad.testing.homework.report import Finding


def sorted_out(returned: Any, problem: Problem) -> tuple[dict[str, Any], dict[str, Finding] | Finding]:
    """({name: array}, {name: what is wrong with what was returned for it}); or one Finding for the whole."""
    names = list(problem.leaves)
    if returned is None:
        return {}, _whole("nothing was returned (None): is there a return at the end?", problem)
    if isinstance(returned, dict):
        strange = [key for key in returned if key not in names]
        if strange and not set(returned) & set(names):
            keys = asked(lambda: f" with the keys {list(returned)}", "")
            return {}, _whole(f"a dict{keys} was returned", problem)
        return _arrays({name: returned.get(name) for name in names}, problem)
    lists = _lists_of_layers(returned, problem)
    if lists is not None:
        return lists
    if len(names) == 1 and not (isinstance(returned, (list, tuple)) and len(returned) == 1 and np.ndim(returned[0])):
        return _arrays({names[0]: returned}, problem)
    if isinstance(returned, (list, tuple)) and len(returned) == len(names):
        return _arrays(dict(zip(names, returned)), problem)
    many = f"{len(returned)} things were" if isinstance(returned, (list, tuple)) else f"a {type(returned).__name__} was"
    return {}, _whole(f"{many} returned, where {len(names)} gradients are asked for", problem)


def _lists_of_layers(returned, problem):
    """(db, dw) of a net of layers with weight and bias, or None if it is not that."""
    layers = [layer for layer, _ in problem.layers]
    if not layers or not (isinstance(returned, (tuple, list)) and len(returned) == 2 and all(map(_is_list, returned))):
        return None
    lengths = [len(part) for part in returned]
    if lengths != [len(layers)] * 2:
        return {}, _whole(f"the lists have {lengths[0]} and {lengths[1]} entries, where the net has {len(layers)} layers "
                          "with parameters", problem)

    def named(db, dw):
        given = {}
        for layer, b, w in zip(layers, db, dw):
            given |= {f"{layer}.bias": b, f"{layer}.weight": w}
        return {name: given.get(name) for name in problem.leaves}

    straight, swapped = named(*returned), named(*returned[::-1])
    if _fit(swapped, problem) and not _fit(straight, problem):
        gradients, problems = _arrays(swapped, problem)
        for name in gradients:
            problems.setdefault(name, Finding(*problem.place(name), "db and dw swapped", "The lists are returned in the wrong "
                                "order: dw comes first, where (db, dw) is asked for.", step="the return: (db, dw)"))
        return gradients, problems
    return _arrays(straight, problem)


def _is_list(x):
    """A list of arrays, which an array of objects is as well."""
    return isinstance(x, (list, tuple)) or isinstance(x, np.ndarray) and x.dtype.kind == "O"


def _fit(given, problem):
    """Whether every array has the shape of what it would be the gradient of (a bias may be a column)."""
    arrays = {name: as_array(x) for name, x in given.items()}
    return all(isinstance(a, np.ndarray) and _shaped(a, problem.leaves[name].shape).shape == problem.leaves[name].shape
               for name, a in arrays.items())


def _arrays(given, problem):
    gradients: dict[str, Any] = {}
    problems: dict[str, Finding] = {}
    for name, x in given.items():
        a = as_array(x)
        if isinstance(a, str):
            layer, parameter = problem.place(name)
            problems[name] = Finding(layer, parameter, "none" if x is None else "no array", f"The gradient is {a}: " + (
                "was it forgotten, or not returned?" if x is None else "an array of numbers is asked for."),
                step="what is returned, and where it was made")
        else:
            gradients[name] = _shaped(a, problem.leaves[name].shape)
    return gradients, problems


def _shaped(a, shape):
    """A column or a row for a vector (as in Nielsen's book), and one number for another shape of one number."""
    vector = len(shape) == 1 and a.ndim == 2 and 1 in a.shape and a.size == shape[0]
    return a.reshape(shape) if vector or a.size == 1 == int(np.prod(shape)) else a


def _whole(words, problem):
    names = list(problem.leaves)
    asked = ("(db, dw), lists with an array for each layer, or " if problem.layers else "") + (
        f"the gradients of {', '.join(names)}" if len(names) < 9 else f"the {len(names)} gradients")
    return Finding("", "what is returned", "wrong structure", f"{words[0].upper()}{words[1:]}.",
                   step=f"the return: asked for are {asked}")
