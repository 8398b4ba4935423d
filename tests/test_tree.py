"""Nested lists, tuples and dicts."""

from collections import namedtuple

import pytest

from minigrad import tree

Pair = namedtuple("Pair", "left right")
NESTED = {"w": [1, (2, None)], "b": Pair(3, {"deep": 4}), "none": None, "empty": []}


def test_leaves_and_paths():
    assert tree.leaves(NESTED) == [1, 2, 3, 4]
    assert [path for path, _ in tree.paths(NESTED)] == ["['w'][0]", "['w'][1][0]", "['b'][0]", "['b'][1]['deep']"]
    assert tree.leaves(5) == [5] and tree.paths(5) == [("", 5)] and tree.leaves(None) == []


def test_fill_and_transform_keep_the_structure():
    expected = {"w": [10, (20, None)], "b": Pair(30, {"deep": 40}), "none": None, "empty": []}
    found = tree.transform(lambda n: 10 * n, NESTED)
    assert found == expected and isinstance(found["b"], Pair) and found["b"].right == {"deep": 40}
    assert tree.fill(7, iter([8])) == 8


def test_match():
    assert tree.match("op", "tangents", {"a": 1, "b": [2]}, {"a": 0, "b": [0]}) == [1, 2]
    with pytest.raises(ValueError, match=r"\[op\] tangents must be nested as its counterpart is: found \['b'\] where \['a'\]"):
        tree.match("op", "tangents", {"b": 1}, {"a": 0})
    with pytest.raises(ValueError, match=r"found a leaf where \[0\] was expected"):
        tree.match("op", "v", 1, [0])
    with pytest.raises(ValueError, match=r"\[op\] v must have 2 leaves, as its counterpart has; found 1"):
        tree.match("op", "v", [1], [0, 0])
