"""minigrad.sklearn: estimators that scikit-learn takes for its own."""

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import minigrad as mg
from minigrad import nn, optim
from minigrad.sklearn import Classifier, Regressor
from minigrad.train import EarlyStop

EXPECTED = {    # of scikit-learn's checks, and why
    Classifier: {"check_sample_weight_equivalence_on_dense_data": "a sample of weight 0 stands in a batch, one that is left "
                 "out does not: other batches, other steps"},
    Regressor: {}}


@parametrize_with_checks([Classifier(epochs=12), Regressor(epochs=12)],
                         expected_failed_checks=lambda estimator: EXPECTED[type(estimator)])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@pytest.mark.filterwarnings("ignore:.*divide by zero|.*invalid value:RuntimeWarning")
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


@pytest.fixture
def blobs():
    random = np.random.default_rng(0)
    y = np.arange(120) % 3
    x = np.eye(3)[y] * 2 + random.normal(0, .5, (120, 3))
    return x, np.array(["ant", "bee", "cow"])[y]


def network(inputs, outputs, width=16):
    return nn.Sequential(nn.Linear(inputs, width), nn.ReLU(), nn.Dropout(.1), nn.Linear(width, outputs))


def test_a_classifier_over_a_module_of_ones_own(blobs):
    x, y = blobs
    model = Classifier(network, options={"width": 8}, optimizer=optim.SGD, optimizer_options={"momentum": .9}, epochs=10,
                       random_state=0).fit(x, y)
    assert model.score(x, y) > .9 and list(model.classes_) == ["ant", "bee", "cow"] and model.n_iter_ == 10
    p = model.predict_proba(x)
    assert p.shape == (120, 3) and p.dtype == np.float64
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert model.model_[0].weight.shape == (8, 3) and model.history_["train_accuracy_running"][-1] > .8
    assert isinstance(model.optimizer_, optim.SGD)


@pytest.mark.parametrize("module", [lambda: network(3, 3), nn.Sequential(nn.Linear(3, 3))], ids=["a function", "a module"])
def test_each_fit_starts_from_a_module_of_its_own(blobs, module):
    first = Classifier(module, epochs=2, random_state=0).fit(*blobs)
    weights = first.model_.state_dict()
    if isinstance(module, nn.Module):
        assert first.model_ is not module
    again = first.fit(*blobs).model_.state_dict()
    for name, array in weights.items():
        np.testing.assert_array_equal(array, again[name])


def test_the_same_seed_gives_the_same_bits_and_leaves_the_engine_alone(blobs):
    mg.manual_seed(5)
    expected = mg.rand(3).numpy()
    mg.manual_seed(5)
    one, two, three = (Classifier(network, epochs=3, random_state=seed).fit(*blobs).predict_proba(blobs[0])
                       for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert (one != three).any()
    np.testing.assert_array_equal(mg.rand(3).numpy(), expected)


def test_partial_fit_is_fit_in_parts(blobs):
    x, y = blobs
    whole = Classifier(network, epochs=3, random_state=1).fit(x, y)
    parts = Classifier(network, random_state=1)
    for _ in range(3):
        parts.partial_fit(x, y, classes=["ant", "bee", "cow"])
    assert parts.n_iter_ == 3 and parts.history_.epochs == [1, 2, 3]
    assert abs(parts.history_["train_loss_running"][0] - whole.history_["train_loss_running"][0]) < 1e-6
    assert parts.score(x, y) == pytest.approx(whole.score(x, y), abs=.1)
    numbers = Regressor(random_state=0).partial_fit(x, x[:, 0]).partial_fit(x, x[:, 0])
    assert numbers.n_iter_ == 2


def test_pipeline_grid_search_and_cross_validation(blobs):
    x, y = blobs
    search = GridSearchCV(make_pipeline(StandardScaler(), Classifier(network, epochs=8, random_state=0)),
                          {"classifier__lr": [1e-5, .01], "classifier__options": [{"width": 4}, {"width": 16}]}, cv=3)
    search.fit(x, y)
    assert search.best_params_["classifier__lr"] == .01 and search.score(x, y) > .9
    assert cross_val_score(Regressor(epochs=40, random_state=0), x, x.sum(axis=1), cv=3).mean() > .8


@pytest.mark.parametrize("way", [lambda e: pickle.loads(pickle.dumps(e)), copy.deepcopy], ids=["pickle", "deepcopy"])
def test_copies_predict_the_same_and_go_on(blobs, way):
    x, y = blobs
    model = Classifier(network, epochs=2, random_state=0).fit(x, y)
    other = way(model)
    np.testing.assert_array_equal(other.predict_proba(x), model.predict_proba(x))
    np.testing.assert_array_equal(other.partial_fit(x, y).predict_proba(x), model.partial_fit(x, y).predict_proba(x))
    assert not hasattr(clone(model), "model_")


def test_sample_weights_count(blobs):
    x, y = blobs
    flipped = np.where(np.arange(120) < 60, y, "ant")
    weights = np.where(np.arange(120) < 60, 1.0, 0.0)
    fitted = Classifier(epochs=30, random_state=0).fit(x, flipped, sample_weight=weights)
    assert fitted.score(x, y) > .9 > Classifier(epochs=30, random_state=0).fit(x, flipped).score(x, y)
    plain, ones = (Classifier(epochs=2, random_state=0).fit(x, y, sample_weight=w).predict_proba(x)
                   for w in (None, np.full(120, 7.0)))
    np.testing.assert_allclose(plain, ones, rtol=1e-4)
    target = np.where(np.arange(120) < 60, x[:, 0], 100.0)
    numbers = Regressor(epochs=40, random_state=0).fit(x, target, sample_weight=weights)
    assert numbers.score(x, x[:, 0]) > .8 and Regressor(epochs=2).fit(x, x[:, :2], np.ones(120)).predict(x).shape == (120, 2)


def test_images_and_pixels():
    rng = np.random.default_rng(0)
    y = np.arange(60) % 2
    pixels = (rng.integers(0, 100, (60, 1, 6, 6)) + 100 * y[:, None, None, None]).astype(np.uint8)

    def make(channels, classes):
        return nn.Sequential(nn.Conv2d(channels, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64, classes))

    model = Classifier(make, epochs=20, random_state=0).fit(pixels, y)
    assert model.score(pixels, y) > .9
    np.testing.assert_allclose(model.predict_proba(pixels), model.predict_proba((pixels / 255).astype(np.float32)), rtol=1e-4)
    assert Classifier(epochs=20, random_state=0).fit(pixels, y).score(pixels, y) > .9


def test_early_stopping_on_what_is_held_out(blobs):
    stop = EarlyStop(patience=1, min_delta=1e9)
    model = Classifier(epochs=9, validation=.2, callbacks=[stop], random_state=0)
    for _ in range(2):                      # a fit takes copies of callbacks: the second is no worse off
        assert model.fit(*blobs).n_iter_ == 2 and "validation_accuracy" in model.history_
    assert stop.best is None


@pytest.mark.parametrize(("call", "error", "message"), [
    (lambda x, y: Classifier("net").fit(x, y), TypeError, r"\[Classifier\] module must be a function \(inputs, outputs\)"),
    (lambda x, y: Classifier(lambda: 3).fit(x, y), TypeError, r"\[Classifier\] the model must be an nn.Module, found int"),
    (lambda x, y: Classifier(nn.Linear(3, 3), options={"w": 1}).fit(x, y), ValueError, r"\[Classifier\] options are for a fun"),
    (lambda x, y: Classifier(validation=2).fit(x, y), ValueError, r"\[Classifier\] validation is the fraction"),
    (lambda x, y: Classifier(loss=mg.cross_entropy).fit(x, y, np.ones(120)), ValueError, r"\[Classifier\] sample_weight is"),
    (lambda x, y: Classifier().fit(x, y, np.zeros(120)), ValueError, r"all sample weights are 0|at least one non-zero"),
    (lambda x, y: Classifier().partial_fit(x, y), ValueError, r"\[partial_fit\] classes must be given for the first call"),
    (lambda x, y: Classifier().partial_fit(x, y, ["ant"]), ValueError, r"\[partial_fit\] y holds \['bee' 'cow'\], which"),
    (lambda x, y: Classifier(lambda: nn.Linear(3, 5), epochs=1).fit(x, y).predict(x), ValueError,
     r"must give \(N, 3\).*\(120, 5"),
])
def test_errors(blobs, call, error, message):
    with pytest.raises(error, match=message):
        call(*blobs)


def test_import_minigrad_does_not_import_it_and_its_absence_names_the_extra():
    script = ("import sys, minigrad, minigrad.train; assert 'sklearn' not in sys.modules; sys.modules['sklearn'] = None\n"
              "try:\n    import minigrad.sklearn\nexcept ImportError as error:\n    print(error)")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("[sklearn] estimators need scikit-learn") and "minigrad-engine[sklearn]" in done.stdout
