"""Nested lists, tuples and dicts: what functions of many tensors take and give.

A tree is a leaf, or a list, tuple (named ones too) or dict of trees. None is a tree without leaves.
"""


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
        return {key: fill(branch, values) for key, branch in tree.items()}
    if isinstance(tree, (list, tuple)):
        branches = [fill(branch, values) for branch in tree]
        return type(tree)(*branches) if hasattr(tree, "_fields") else type(tree)(branches)
    return next(values)


def transform(f, tree):
    """The tree with f(leaf) for each leaf."""
    return fill(tree, iter([f(leaf) for leaf in leaves(tree)]))


def match(op, what, tree, like):
    """The leaves of `tree`, which must have the structure of `like`; ValueError says where they differ."""
    found, expected = paths(tree), paths(like)
    for (a, _), (b, _) in zip(found, expected):
        if a != b:
            raise ValueError(f"[{op}] {what} must be nested as its counterpart is: found {a or 'a leaf'} where {b or 'a leaf'} "
                             "was expected")
    if len(found) != len(expected):
        raise ValueError(f"[{op}] {what} must have {len(expected)} leaves, as its counterpart has; found {len(found)}")
    return [leaf for _, leaf in found]
