"""The samples that a classifier gets wrong: which, how sure, and what they look like."""

import numpy as np
import pytest

from minigrad import nn
from minigrad.data import Dataset, Loader
from minigrad.train import Mistakes, confusion_matrix, misclassified, predict


class Fixed(nn.Module):
    """Gives the inputs themselves."""

    def forward(self, x):
        return x


def softmax(z):
    e = np.exp(z.astype(np.float64) - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("batch_size", [1, 7, 1000])
def test_the_surest_mistakes_come_first(device, small, blobs, batch_size):
    x, y = blobs
    model = small(.5)
    found = misclassified(model, blobs, n=5, batch_size=batch_size)
    p = softmax(predict(model, x))
    wrong = np.flatnonzero(p.argmax(axis=1) != y)
    expected = wrong[np.argsort(-p.max(axis=1)[wrong], kind="stable")][:5]
    assert found.index.tolist() == expected.tolist() and len(found) == 5
    assert (found.total, found.seen) == (len(wrong), 90)
    np.testing.assert_array_equal(found.true, y[expected])
    np.testing.assert_array_equal(found.predicted, p.argmax(axis=1)[expected])
    np.testing.assert_allclose(found.probability, p.max(axis=1)[expected], rtol=1e-6)
    np.testing.assert_array_equal(found.x, x[expected])
    matrix = confusion_matrix(model, blobs)
    assert found.total == matrix.counts.sum() - np.trace(matrix.counts)


def test_any_data(small, blobs):
    x, y = blobs
    model = small()
    expected = misclassified(model, blobs)
    for data in (Dataset(x, y), Loader(blobs, batch_size=4, shuffle=True), (x, np.eye(3, dtype=np.float32)[y]),
                 list(zip(x, y)), iter([(x[:50], y[:50]), (x[50:], y[50:])])):
        np.testing.assert_array_equal(misclassified(model, data).index, expected.index)


def test_several_inputs_are_refused(blobs):
    class Two(nn.Module):
        def forward(self, x):
            return x[0] + x[1]

    x, y = blobs
    with pytest.raises(TypeError, match=r"^\[misclassified\] expected one array of inputs, found tuple"):
        misclassified(Two(), iter([((x, x), y)]))
    assert confusion_matrix(Two(), iter([((x, x), y)])).counts.sum() == 90


def test_outputs_that_are_probabilities_are_taken_as_they_are():
    p = np.array([[.9, .1], [.3, .7]], np.float32)
    np.testing.assert_allclose(misclassified(Fixed(), (p, np.array([1, 0]))).probability, [.9, .7])


def test_without_a_mistake():
    found = misclassified(Fixed(), (np.eye(3, dtype=np.float32), np.arange(3)))
    assert len(found) == found.total == 0 and str(found) == "0 of 3 samples are misclassified"
    assert found._repr_html_() == "<p>0 of 3 samples are misclassified</p>"
    with pytest.raises(ValueError, match=r"^\[misclassified\] there is no mistake among 3 samples"):
        found.plot()


def mistakes(x, classes=("a", "b")):
    n = len(x)
    return Mistakes(np.arange(n), np.zeros(n, int), np.ones(n, int), np.full(n, .75), x, classes, n, 9)


@pytest.mark.parametrize(("shape", "given"), [((1, 8, 8), None), ((3, 8, 6), None), ((8, 8, 3), None), ((8, 8), None),
                                              ((64,), (8, 8)), ((192,), (3, 8, 8))])
@pytest.mark.parametrize("n", [1, 7])
def test_the_grid(shape, given, n, tmp_path):
    x = np.random.default_rng(0).normal(0, 3, (n, *shape)).astype(np.float32)
    figure = mistakes(x).plot(tmp_path / "g.png", shape=given)
    drawn = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title() for axes in drawn] == ["a\nas b: 0.75"] * n
    picture = drawn[0].images[0].get_array()
    assert picture.shape[2] == 3 and (picture.min(), picture.max()) == (0, 255)
    assert (tmp_path / "g.png").read_bytes()[:4] == b"\x89PNG"


def test_pixels_from_0_to_1_keep_their_brightness():
    x = np.full((1, 1, 4, 4), .6, np.float32)
    assert np.asarray(mistakes(x).plot().axes[0].images[0].get_array()).max() == 153


def test_in_a_notebook_pictures_else_a_table():
    page = mistakes(np.zeros((2, 1, 4, 4), np.float32))._repr_html_()
    assert 'src="data:image/png;base64,' in page
    assert "<td>0.750</td>" in mistakes(np.zeros((2, 4), np.float32))._repr_html_()
    assert str(mistakes(np.zeros((2, 4)))).splitlines()[1].split() == ["sample", "is", "taken", "for", "probability"]


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda m, d: misclassified(m, d, n=0), ValueError, r"n is how many samples to keep, 1 or more, found 0"),
    (lambda m, d: misclassified(m, d, n=True), ValueError, r"n is how many samples to keep, 1 or more, found True"),
    (lambda m, d: misclassified(m, (d[0][:0], d[1][:0])), ValueError, r"the data holds no samples"),
    (lambda m, d: misclassified(m, d).plot(), ValueError, r"the samples \(4,\) are no pictures.*give shape="),
    (lambda m, d: misclassified(m, d).plot(shape=(3, 3)), ValueError, r"shape=\(3, 3\) has 9 numbers, but a sample is \(4,\)"),
])
def test_errors(small, blobs, call, error, message):
    with pytest.raises(error, match=r"^\[misclassified\] .*" + message):
        call(small(), blobs)
