"""Tables in text."""

import os
from pathlib import Path

import numpy as np
import pytest

from minigrad.data import apm598, from_csv, table

IRIS = "length,width,kind\n5.1,3.5,setosa\n7.0,3.2,versicolor\n6.3,3.3,virginica\n4.9,3,setosa\n"


def write(tmp_path, text):
    path = tmp_path / "iris.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_words_are_classes(tmp_path):
    found = from_csv(write(tmp_path, IRIS), "kind")
    assert found.classes == ("setosa", "versicolor", "virginica") and found.labels.tolist() == [0, 1, 2, 0]
    assert found.images.dtype == np.float32 and found.name == "iris"
    np.testing.assert_array_equal(found.images, np.array([[5.1, 3.5], [7, 3.2], [6.3, 3.3], [4.9, 3]], np.float32))
    for target in (-1, 2):
        assert from_csv(write(tmp_path, IRIS), target, device="numpy").labels.tolist() == [0, 1, 2, 0]
    assert from_csv(write(tmp_path, IRIS), columns=["width"]).images.tolist() == [[3.5], [np.float32(3.2)], [np.float32(3.3)],
                                                                                  [3]]
    assert from_csv(write(tmp_path, IRIS), columns=[1, -3]).shape == (4, 2)


@pytest.mark.parametrize(("delimiter", "quote"), [(",", ""), (";", ""), ("\t", ""), ("|", ""), (",", '"')])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n"])
def test_how_others_write_it(tmp_path, delimiter, quote, end):
    text = IRIS.replace("\n", end)
    for word in ("length", "setosa", "5.1"):
        text = text.replace(word, f"{quote}{word}{quote}")
    found = from_csv(write(tmp_path, b"\xef\xbb\xbf" + text.replace(",", delimiter).encode()), "kind")
    assert found.labels.tolist() == [0, 1, 2, 0] and found.images[0].tolist() == [np.float32(5.1), 3.5]
    assert from_csv(write(tmp_path, text.replace(",", delimiter).rstrip()), 2, delimiter=delimiter, header=True).shape == (4, 2)


def test_without_a_header(tmp_path):
    text = IRIS.partition("\n")[2]
    assert from_csv(write(tmp_path, text)).labels.tolist() == [0, 1, 2, 0]
    assert len(from_csv(write(tmp_path, text), header=True)) == 3
    assert len(from_csv(write(tmp_path, "1,2\n3,4\n"), header=False)) == 2 and len(from_csv(write(tmp_path, "a,b\n3,4\n"))) == 1
    with pytest.raises(ValueError, match=r"line 1: expected a number in 'column 0', found 'length': name the columns of"):
        from_csv(write(tmp_path, IRIS), header=False)


@pytest.mark.parametrize(("column", "classes", "labels"), [
    (["1", "2", "1"], ("1", "2"), [0, 1, 0]), (["10", "9", "-1"], ("-1", "9", "10"), [2, 1, 0]),
    (["1.0", "0", "1"], ("0", "1"), [1, 0, 1]), (["b", "10", "9"], ("10", "9", "b"), [2, 0, 1]), (["x", "x", "x"], ("x",), [0,
    0, 0])])
def test_classes_are_sorted_and_counted_from_zero(tmp_path, column, classes, labels):
    path = write(tmp_path, "x,y\n" + "".join(f"{i},{word}\n" for i, word in enumerate(column)))
    found = from_csv(path, "y")
    assert found.classes == classes and found.labels.tolist() == labels


def test_classes_of_the_training_set_for_the_test_set(tmp_path):
    path = write(tmp_path, IRIS)
    found = from_csv(path, classes=("virginica", "setosa", "versicolor"))
    assert found.labels.tolist() == [1, 2, 0, 1] and found.classes == ("virginica", "setosa", "versicolor")
    with pytest.raises(ValueError, match=r"expected the classes setosa, virginica, found 'versicolor' in the target"):
        from_csv(path, classes=("setosa", "virginica"))
    assert from_csv(write(tmp_path, "1,2.0\n"), classes=("1", "2", "3")).labels.tolist() == [1]


def test_regression(tmp_path):
    path = write(tmp_path, "a,b,price\n1,2,0.5\n3,4,1e3\n")
    x, y = from_csv(path, "price", regression=True)
    assert x.dtype == y.dtype == np.float32 and x.tolist() == [[1, 2], [3, 4]] and y.tolist() == [.5, 1000]
    x, y = from_csv(path, ["price", "a"], regression=True)
    assert x.tolist() == [[2], [4]] and y.tolist() == [[.5, 1], [1000, 3]]
    with pytest.raises(ValueError, match=r"expected classes in the target, whole numbers or words, found 0\.5: pass"):
        from_csv(path, "price")
    with pytest.raises(ValueError, match=r"expected one target, found \['a', 'b'\]: several are for regression=True"):
        from_csv(path, ["a", "b"])
    with pytest.raises(ValueError, match=r"line 2: expected a number in the target 'kind', found 'setosa'"):
        from_csv(write(tmp_path, IRIS), "kind", regression=True)


@pytest.mark.parametrize("empty", ["", "NA", "nan", "NaN", "null", "?", " "])
def test_what_is_missing(tmp_path, empty):
    path = write(tmp_path, f"a,b\n1,x\n{empty},y\n")
    with pytest.raises(ValueError, match=r"line 3: expected a number in 'a', found '.*': pass missing= a number to stand for"):
        from_csv(path, "b")
    assert from_csv(path, "b", missing=-1.).images.tolist() == [[1], [-1]]


@pytest.mark.parametrize("empty", ["", " "])
def test_a_class_that_is_missing(tmp_path, empty):
    with pytest.raises(ValueError, match="expected a class in each row, found none in row 2 of the data"):
        from_csv(write(tmp_path, f"a,b\n1,x\n2,{empty}\n"), "b")


@pytest.mark.parametrize(("text", "options", "said"), [
    ("", {}, "expected a table, found nothing in it"),
    ("1,2\n3\n", {}, "line 2: expected 2 fields, as in the first line, found 1"),
    ("1,2\n1,2,3\n", {}, "line 2: expected 2 fields"),
    ("1\n2\n", {}, "expected a column of features beside the target, found 1"),
    ("1,2\nx,3\n", {"header": False}, "line 2: expected a number in 'column 0', found 'x': name the columns of numbers"),
    ("1,2\n1_000,3\n", {}, "found '1_000'"),
    (IRIS, {"target": "sort"}, "expected one column 'sort', found 0 among length, width, kind"),
    ("a,a\n1,2\n", {"target": "a"}, "expected one column 'a', found 2 among a, a"),
    (IRIS, {"target": 3}, "a column from -3 to 2, found 3"),
    (IRIS, {"columns": ["x"]}, "expected one column 'x'"),
    (IRIS, {"columns": []}, "expected a column of features"),
    (IRIS, {"delimiter": "::"}, "delimiter must be one character, found '::'"),
    (b"1,\xff\n", {}, "expected text in UTF-8, found"),
    ('1,"2\n', {}, "expected comma separated values, found something else"),
    ("1e39,0\n", {}, "numbers up to 3.4e38, .* found 1e.39 in"),
    ("1," * 60000 + '"' + "9" * 200000 + '"\n', {}, "expected comma separated values"),
    ("7" * (1 << 20), {}, "lines of less than 1048576"),
    ("1,2\n" * 100, {"max_bytes": 600}, "expected at most max_bytes=600, found more up to line 9"),
])
def test_tables_that_are_not_right(tmp_path, text, options, said):
    with pytest.raises(ValueError, match=r"^\[from_csv\] .*" + said):
        from_csv(write(tmp_path, text), **options)


def test_too_many_classes(tmp_path, monkeypatch):
    monkeypatch.setattr(table, "_MOST_CLASSES", 3)
    with pytest.raises(ValueError, match=r"expected at most 3 classes, found 4: is the target another column\?"):
        from_csv(write(tmp_path, "1,a\n1,b\n1,c\n1,d\n"))


def test_empty_and_small_sets(tmp_path):
    empty = from_csv(write(tmp_path, "a,b\n"), "b")
    assert empty.shape == (0, 1) and empty.classes == ()
    assert from_csv(write(tmp_path, "1,2"), regression=True)[1].shape == (1,)
    assert from_csv(write(tmp_path, "a,b\n"), "b", regression=True)[1].shape == (0,)
    with pytest.raises(FileNotFoundError, match="expected a file of comma separated values, found nothing"):
        from_csv(tmp_path / "none.csv")
    with pytest.raises(FileNotFoundError, match="found a folder"):
        from_csv(tmp_path)


def test_infinities_stay(tmp_path):
    assert from_csv(write(tmp_path, "inf,0\n-inf,1\n")).images.tolist() == [[np.inf], [-np.inf]]


def test_the_real_points():
    root = os.environ.get("MINIGRAD_DATA")
    if not root or not (Path(root) / "apm598").is_dir():
        pytest.skip("MINIGRAD_DATA has no folder apm598")
    found, right = from_csv(Path(root) / "apm598" / "data_HW2_ex1.csv", "class"), apm598()
    np.testing.assert_array_equal(found.images, right.images)
    np.testing.assert_array_equal(found.labels, right.labels)
    assert found.classes == ("1", "2")
