"""Nested lists, tuples and dicts: what functions of many tensors take and give.

A tree is a leaf, or a list, tuple (named ones too) or dict of trees. None is a tree without leaves.
"""

import copy


def leaves(tree):
    """The leaves in order, dicts in the order of their keys' insertion."""
    return [leaf for _, leaf in paths(tree)]


def paths(tree, path=""):
    """(path, leaf) of every leaf in order; the path reads as Python: `['w'][0]`."""
    if tree is None:
        return []
    if isinstance(tree, dict):
        return [pair for key, branch in tree.items() for pair in paths(branch, f"{path}[{key!r}]")]
    if isinstance(tree, (list, tuple)):
        return [pair for i, branch in enumerate(tree) for pair in paths(branch, f"{path}[{i}]")]
    return [(path, tree)]


def fill(tree, values):
    """The tree with its leaves replaced by the next ones of the iterator `values`."""
    if tree is None:
        return None
    if isinstance(tree, dict):
        filled = copy.copy(tree)            # of its own type: an OrderedDict stays one
        for key, branch in tree.items():
            filled[key] = fill(branch, values)
        return filled
    if isinstance(tree, (list, tuple)):
        branches = [fill(branch, values) for branch in tree]
        return type(tree)(*branches) if hasattr(tree, "_fields") else type(tree)(branches)
    return next(values)


def transform(f, tree):
    """The tree with f(leaf) for each leaf."""
    return fill(tree, iter([f(leaf) for leaf in leaves(tree)]))


def match(op, what, tree, like):
    """The leaves of `tree` in the order of `like`, whose structure it must have; ValueError says where they differ."""
    if isinstance(like, dict) and isinstance(tree, dict) and tree.keys() == like.keys():
        return [leaf for key in like for leaf in match(op, f"{what}[{key!r}]", tree[key], like[key])]
    if isinstance(like, (list, tuple)) and isinstance(tree, (list, tuple)) and len(tree) == len(like):
        return [leaf for i, branch in enumerate(like) for leaf in match(op, f"{what}[{i}]", tree[i], branch)]
    if like is None and tree is None:
        return []
    if _kind(like) == _kind(tree) == "a leaf":
        return [tree]
    raise ValueError(f"[{op}] {what} must be nested as its counterpart is: found {_kind(tree)} where {_kind(like)} stands")


def _kind(tree):
    if isinstance(tree, dict):
        return f"a dict of {', '.join(map(repr, tree)) or 'nothing'}"
    if isinstance(tree, (list, tuple)):
        return f"a {type(tree).__name__} of {len(tree)}"
    return "None" if tree is None else "a leaf"
