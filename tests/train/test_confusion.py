"""Which classes are taken for which: the matrix, its figures, its picture."""

from typing import ClassVar

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn, optim
from minigrad.data import Dataset, Loader
from minigrad.train import ConfusionMatrix, confusion_matrix, evaluate, fit, predict


class Fixed(nn.Module):
    """Gives the inputs themselves: predictions by hand."""

    def forward(self, x):
        return x


class Samples:
    """A data set of one's own, with names."""

    classes: ClassVar = ["ant", "bee", "cow"]

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], int(self.y[i])


def rows(predicted, count):
    return np.eye(count, dtype=np.float32)[predicted]


def test_counts_and_figures():
    true, predicted = np.array([0, 0, 0, 1, 1, 2, 2, 2]), np.array([0, 0, 1, 1, 1, 2, 0, 2])
    matrix = confusion_matrix(Fixed(), (rows(predicted, 4), true), batch_size=3)
    assert matrix.counts.tolist() == [[2, 1, 0, 0], [0, 2, 0, 0], [1, 0, 2, 0], [0, 0, 0, 0]]
    assert matrix.counts.dtype == np.int64 and matrix.classes == ("0", "1", "2", "3")
    assert matrix.accuracy == 6 / 8 and matrix.support.tolist() == [3, 2, 3, 0]
    np.testing.assert_allclose(matrix.recall, [2 / 3, 1, 2 / 3, np.nan])
    np.testing.assert_allclose(matrix.precision, [2 / 3, 2 / 3, 1, np.nan])
    np.testing.assert_allclose(matrix.f1, [2 / 3, .8, .8, np.nan])
    assert matrix.per_class["1"] == 1.0
    assert matrix.confused() == [("0", "1", 1), ("2", "0", 1)]
    np.testing.assert_array_equal(ConfusionMatrix.of(true, predicted).counts, matrix.counts[:3, :3])


def test_it_agrees_with_evaluate_whatever_the_data(device, small, blobs):
    x, y = blobs
    model = small(.5)
    fit(model, blobs, mg.cross_entropy, optim.Adam(model.parameters(), lr=.02), epochs=2, progress=False)
    expected = confusion_matrix(model, blobs)
    assert expected.accuracy == evaluate(model, blobs)["accuracy"]
    np.testing.assert_array_equal(expected.counts, ConfusionMatrix.of(y, predict(model, x).argmax(axis=1)).counts)
    dense = np.eye(3, dtype=np.float32)[y]
    batches = [(x[at:at + 20], y[at:at + 20]) for at in range(0, 90, 20)]
    for data in ((x, dense), Loader(blobs, batch_size=7, shuffle=True, drop_last=True), Dataset(x, y), (mg.tensor(x), y),
                 batches, iter(batches), lambda: iter(batches), list(zip(x, y)), Samples(x, y)):
        np.testing.assert_array_equal(confusion_matrix(model, data, batch_size=8).counts, expected.counts)
    assert all(m.training for m in model.modules())


def test_names_come_from_the_data(small, blobs):
    data = Dataset(*blobs, classes=("ant", "bee", "<cow>"))
    assert confusion_matrix(small(), data).classes == ("ant", "bee", "<cow>")
    assert confusion_matrix(small(), Samples(*blobs)).classes == ("ant", "bee", "cow")
    assert confusion_matrix(small(), data, classes=["a", "b", "c"]).classes == ("a", "b", "c")
    text, page = str(confusion_matrix(small(), data)), confusion_matrix(small(), data)._repr_html_()
    assert text.splitlines()[2].split()[:5] == ["true", "\\", "predicted", "ant", "bee"] and "precision" in text
    assert "<th>&lt;cow&gt;</th>" in page and "<cow>" not in page


def test_of_many_classes_the_worst_are_printed():
    true = np.arange(1000) % 100
    predicted = np.where((true == 7) & (np.arange(1000) > 300), 9, true)
    matrix = ConfusionMatrix.of(true, predicted)
    text = str(matrix)
    assert len(text.splitlines()) < 30 and matrix.confused(1) == [("7", "9", 7)]
    assert text.splitlines()[3].split() == ["7", "10", "0.300", "1.000"]
    assert repr(matrix) == "ConfusionMatrix(accuracy 0.9930: 993 of 1,000 samples in 100 classes)"
    assert matrix._repr_html_().count("<table>") == 2


@pytest.mark.parametrize("count", [1, 2, 10, 100])
def test_the_picture(count, tmp_path):
    rng = np.random.default_rng(0)
    true = rng.integers(0, count, 3000)
    predicted = np.where(rng.random(3000) < .8, true, rng.integers(0, count, 3000))
    matrix = ConfusionMatrix.of(true, predicted, classes=[f"class {i}" for i in range(count)])
    figure = matrix.plot(tmp_path / "m.png", title="a run")
    axes, = figure.axes
    assert [text.get_text() for text in axes.get_yticklabels()] == list(matrix.classes)
    written = {tuple(map(int, text.get_position()[::-1])): text.get_text() for text in axes.texts}
    if count <= 20:
        assert written == {(i, j): str(n) for (i, j), n in np.ndenumerate(matrix.counts) if n}
    else:
        assert not written
    assert axes.get_title() == f"a run: accuracy {matrix.accuracy:.4f}"
    assert (tmp_path / "m.png").read_bytes()[:4] == b"\x89PNG" == figure._repr_png_()[:4]


def test_a_network_that_diverged_has_a_matrix(blobs):
    matrix = confusion_matrix(Fixed(), (np.full((90, 3), np.nan, np.float32), blobs[1]))
    assert matrix.counts[:, 0].tolist() == [30, 30, 30]


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda x, y: confusion_matrix("net", (x, y)), TypeError, r"the model must be an nn.Module, found str"),
    (lambda x, y: confusion_matrix(Fixed(), (x[:0], y[:0])), ValueError, r"the data holds no samples"),
    (lambda x, y: confusion_matrix(Fixed(), (x[:, 0], y)), TypeError, r"expected outputs \(N, C\).*found shape \(90,\)"),
    (lambda x, y: confusion_matrix(Fixed(), (x, x[:, :2])), ValueError, r"expected targets that are classes.*found float32"),
    (lambda x, y: confusion_matrix(Fixed(), (x[:, :2], y)), ValueError, r"expected classes from 0 to 1.*found 0 to 2"),
    (lambda x, y: confusion_matrix(Fixed(), (x, y), classes=["a"]), ValueError, r"1 names were given for 4 classes"),
    (lambda x, y: confusion_matrix(Fixed(), (x, y), classes="abcd"), TypeError, r"classes is a list of names, found str"),
    (lambda x, y: ConfusionMatrix(np.ones((2, 3), int)), ValueError, r"expected whole numbers \(C, C\), found int64 \(2, 3\)"),
    (lambda x, y: ConfusionMatrix.of(y, x[:, 0]), ValueError, r"predicted holds classes.*found float32 \(90,\)"),
    (lambda x, y: ConfusionMatrix.of(y, y[1:]), ValueError, r"as many predicted classes as true ones"),
])
def test_errors(blobs, call, error, message):
    with pytest.raises(error, match=r"^\[confusion_matrix\] .*" + message):
        call(*blobs)
