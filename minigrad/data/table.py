"""Tables of numbers in text: a CSV file as a Dataset, or as arrays for regression."""

import csv
import os
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, TextIO, overload

import numpy as np
from numpy.typing import NDArray

from minigrad.data.dataset import Dataset

Floats = NDArray[np.float32]
_LINE = 1 << 20             # characters of a line, at most
_DELIMITERS = ",;\t|"
_MOST_CLASSES = 10_000
_EMPTY = {"", "na", "n/a", "nan", "null", "none", "?"}


@overload
def from_csv(path: str | os.PathLike[str], target: str | int | Sequence[str | int] = -1, *, regression: Literal[False] = False,
             columns: Sequence[str | int] | None = None, classes: Sequence[str] | None = None, header: bool | None = None,
             delimiter: str | None = None, missing: float | None = None, max_bytes: int = 1 << 30,
             device: str | None = None) -> Dataset: ...


@overload
def from_csv(path: str | os.PathLike[str], target: str | int | Sequence[str | int] = -1, *, regression: Literal[True],
             columns: Sequence[str | int] | None = None, classes: Sequence[str] | None = None, header: bool | None = None,
             delimiter: str | None = None, missing: float | None = None, max_bytes: int = 1 << 30,
             device: str | None = None) -> tuple[Floats, Floats]: ...


def from_csv(path: str | os.PathLike[str], target: str | int | Sequence[str | int] = -1, *, regression: bool = False,
             columns: Sequence[str | int] | None = None, classes: Sequence[str] | None = None, header: bool | None = None,
             delimiter: str | None = None, missing: float | None = None, max_bytes: int = 1 << 30,
             device: str | None = None) -> Dataset | tuple[Floats, Floats]:
    """A table of numbers whose column `target` says the class of each row: a Dataset, x float32 (N, F), labels int64 (N,).

    target: its name or place (-1: the last); the features are `columns`, or all others. The classes, whole numbers or words,
    are sorted and counted from 0, and named in `classes`; for a test set pass `classes=train.classes`. With regression=True the
    target is a number, or several, and the result is (x float32 (N, F), y float32 (N,), or (N, T) for a list of targets).

    header: whether the first line has the names; None: it has if one of its features is no number. delimiter: None: whichever
    of , ; tab | is most frequent in the first line. missing: the number that stands for an empty field, NA, NaN, null or ? in a
    feature (None: an error). Lines that are empty are passed over. The file is UTF-8. max_bytes: of the arrays,
    and 64 for each class that is written out.

    FileNotFoundError where there is no file; ValueError with the line for what is no number, a line of another length, an
    unknown column, a class that `classes` lacks.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"[from_csv] {path}: expected a file of comma separated values, found "
                                f"{'a folder' if path.is_dir() else 'nothing'}")
    targets = [target] if isinstance(target, str | int) else list(target)
    if not isinstance(target, str | int) and not regression:
        raise ValueError(f"[from_csv] {path}: expected one target, found {target!r}: several are for regression=True")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        try:
            table = _Table(path, stream, delimiter, header, missing, max_bytes)
            x, words = table.read(targets, columns, regression)
        except UnicodeDecodeError as error:
            raise ValueError(f"[from_csv] {path}: expected text in UTF-8, found {error.reason} at byte {error.start}: save it "
                             "as UTF-8") from None
        except csv.Error as error:
            raise ValueError(f"[from_csv] {path}: expected comma separated values, found something else: {error}") from None
    if regression:
        y = table.rounded(np.array(words, np.float64).reshape(len(x), len(targets)), ["the target"])
        return x, y[:, 0] if isinstance(target, str | int) else y
    names, labels = _numbered(path, words, classes)
    return Dataset(x, labels, path.stem, names, device)


class _Table:
    """A file that is read line by line."""

    def __init__(self, path: Path, stream: TextIO, delimiter: str | None, header: bool | None, missing: float | None,
                 max_bytes: int) -> None:
        self.path, self.missing, self.most = path, missing, max_bytes
        first = next(_lines(path, stream), "")
        if not first:
            raise ValueError(f"[from_csv] {path}: expected a table, found nothing in it")
        stream.seek(0)
        self.delimiter = delimiter or max(_DELIMITERS, key=first.count)
        if len(self.delimiter) != 1:
            raise ValueError(f"[from_csv] delimiter must be one character, found {delimiter!r}")
        self.rows = csv.reader(_lines(path, stream), delimiter=self.delimiter, skipinitialspace=True, strict=True)
        self.header = header
        self.names: list[str] = []

    def read(self, target: list[str | int], columns: Sequence[str | int] | None, numbers: bool) -> tuple[Floats, list[str] |
    array]:
        """(features (N, F), the fields of the targets: words, or numbers row by row)."""
        row = next((row for row in self.rows if row), [])
        width = len(row)
        self.names = [f"column {i}" for i in range(width)]
        named = [*target, *(columns or ())]
        if self.header is None and any(isinstance(name, str) for name in named):
            self.header = True
        if self.header:
            self.names = [name.strip() for name in row]
        at_target = [self.place(name, width) for name in target]
        at = [self.place(name, width) for name in columns] if columns is not None else [
            i for i in range(width) if i not in at_target]
        if not at:
            raise ValueError(f"[from_csv] {self.path}: expected a column of features beside the target, found {width} in all "
                             f"(delimiter {self.delimiter!r})")
        if self.header is None and any(_number(row[i]) is None for i in at):
            self.header, self.names = True, [name.strip() for name in row]
        values: array = array("d")
        found: list[str] | array = array("d") if numbers else []
        if not self.header:
            self.take(row, at, at_target, values, found)
        for row in self.rows:
            if row:
                if len(row) != width:
                    raise self.bad(f"{width} fields, as in the first line", str(len(row)))
                self.take(row, at, at_target, values, found)
        x = np.array(values, np.float64).reshape(-1, len(at))
        with np.errstate(over="ignore"):
            return self.rounded(x, [self.names[i] for i in at]), found

    def take(self, row: list[str], at: list[int], at_target: list[int], values: array, found: list[str] | array) -> None:
        """Put the fields of one row where they belong."""
        for i in at:
            value = _number(row[i])
            if value is None or value != value:
                if self.missing is None or row[i].strip().lower() not in _EMPTY:
                    words = ("pass missing= a number to stand for it, or remove the line" if row[i].strip().lower() in _EMPTY
                             else "name the columns of numbers in columns=")
                    raise self.bad(f"a number in {self.names[i]!r}", f"{row[i][:80]!r}: {words}")
                value = self.missing
            values.append(value)
        for i in at_target:
            if isinstance(found, list):
                found.append(row[i].strip())
            else:
                value = _number(row[i])
                if value is None or value != value:
                    raise self.bad(f"a number in the target {self.names[i]!r}", repr(row[i][:80]))
                found.append(value)
        if len(values) * 4 + len(found) * (64 if isinstance(found, list) else 4) > self.most:       # a word is an object
            raise ValueError(f"[from_csv] {self.path}: expected at most max_bytes={self.most}, found more up to line "
                             f"{self.rows.line_num}: pass more, or fewer columns=")

    def rounded(self, x: NDArray, names: list[str]) -> Floats:
        """As float32. ValueError for a number that is too large for it."""
        small = x.astype(np.float32)
        if (np.isinf(small) & ~np.isinf(x)).any():
            i = int(np.argwhere(np.isinf(small) & ~np.isinf(x))[0][1])
            raise ValueError(f"[from_csv] {self.path}: expected numbers up to 3.4e38, which float32 holds, found "
                             f"{np.abs(x[:, i]).max():g} in {names[min(i, len(names) - 1)]!r}: scale the column")
        return small

    def place(self, name: str | int, width: int) -> int:
        """Where a column stands."""
        if isinstance(name, int):
            if not -width <= name < width:
                raise ValueError(f"[from_csv] {self.path}: expected a column from {-width} to {width - 1}, found {name} "
                                 f"(delimiter {self.delimiter!r})")
            return name % width
        if self.names.count(name) != 1:
            raise ValueError(f"[from_csv] {self.path}: expected one column {name!r}, found {self.names.count(name)} among "
                             f"{', '.join(self.names)[:300]} (delimiter {self.delimiter!r})")
        return self.names.index(name)

    def bad(self, expected: str, found: str) -> ValueError:
        return ValueError(f"[from_csv] {self.path}, line {self.rows.line_num}: expected {expected}, found {found}")


def _lines(path: Path, stream: TextIO) -> Iterator[str]:
    while line := stream.readline(_LINE):
        if len(line) == _LINE:
            raise ValueError(f"[from_csv] {path}: expected lines of less than {_LINE} characters, found a longer one: this is "
                             "no table")
        yield line


def _number(text: str) -> float | None:
    """None for what is none. Python's float takes 1_000, which in a table is no number."""
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None


def _numbered(path: Path, words: list[str] | array, classes: Sequence[str] | None) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """(the names of the classes in order, the number of each word's)."""
    words = [str(word) for word in words]
    different = sorted(set(words))
    if classes is None:
        numbers = [_number(word) for word in different]
        whole = all(number is not None and number.is_integer() for number in numbers)
        if not whole and all(number is not None for number in numbers):
            example = next(word for word, number in zip(different, numbers, strict=True) if not float(number or 0).is_integer())
            raise ValueError(f"[from_csv] {path}: expected classes in the target, whole numbers or words, found {example}: "
                             "pass regression=True for a number that is to be predicted")
        if whole:                       # 10 comes after 9, and 1.0 is 1
            words = [str(int(float(word))) for word in words]
            different = sorted(set(words), key=int)
        if "" in different:
            raise ValueError(f"[from_csv] {path}: expected a class in each row, found none in row {words.index('') + 1} of the "
                             "data")
        if len(different) > _MOST_CLASSES:
            raise ValueError(f"[from_csv] {path}: expected at most {_MOST_CLASSES} classes, found {len(different)}: is the "
                             "target another column?")
        classes = different
    known = {str(name): i for i, name in enumerate(classes)}
    if strange := [word for word in different if word not in known]:
        as_whole = {word: str(int(number)) for word in strange if (number := _number(word)) is not None and number.is_integer()}
        if any(as_whole.get(word) not in known for word in strange):
            raise ValueError(f"[from_csv] {path}: expected the classes {', '.join(known)[:300]}, found {strange[0]!r} in the "
                             "target")
        words = [as_whole.get(word, word) for word in words]
    return tuple(known), np.array([known[word] for word in words], np.int64)
