"""Nested lists, tuples and dicts."""

from collections import OrderedDict, namedtuple

import pytest

from minigrad.functional import tree

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


def test_fill_keeps_the_type_of_a_dict():
    ordered = OrderedDict(b=1, a=2)
    assert tree.transform(lambda n: -n, ordered) == OrderedDict(b=-1, a=-2)
    assert type(tree.transform(lambda n: n, ordered)) is OrderedDict and ordered["b"] == 1


def test_match():
    assert tree.match("op", "tangents", {"b": [2], "a": 1}, {"a": 0, "b": (0,)}) == [1, 2]
    assert tree.match("op", "v", [None, 3], (None, 0)) == [3]


@pytest.mark.parametrize("found, like, message", [
    ({"b": 1}, {"a": 0}, "v must be nested as its counterpart is: found a dict of 'b' where a dict of 'a' stands"),
    (1, [0], r"found a leaf where a list of 1 stands"),
    ([1], [0, 0], "found a list of 1 where a list of 2 stands"),
    ({"a": [1]}, {"a": 0}, r"\[op\] v\['a'\] must be .* found a list of 1 where a leaf stands"),
    (None, 0, "found None where a leaf stands"),
])
def test_match_says_where_they_differ(found, like, message):
    with pytest.raises(ValueError, match=message):
        tree.match("op", "v", found, like)
