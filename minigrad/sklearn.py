"""Networks as scikit-learn estimators: in pipelines, grid searches and cross-validation. The extra [sklearn].

    from minigrad.sklearn import Classifier

    def network(inputs, outputs, width=32):
        return nn.Sequential(nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, outputs))

    search = GridSearchCV(make_pipeline(StandardScaler(), Classifier(network, epochs=30, random_state=0)),
                          {"classifier__lr": [.001, .01], "classifier__options": [{"width": 16}, {"width": 64}]})
    search.fit(x, y)

`import minigrad` does not import this, nor scikit-learn.
"""

import copy
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self

import numpy as np

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data
except ImportError as _error:
    raise ImportError(f"[sklearn] estimators need scikit-learn 1.6 or later ({_error}): python -m pip install "
                      "\"minigrad-engine[sklearn]\"") from _error

from minigrad import nn, optim, random
from minigrad.data import Loader
from minigrad.ops import cross_entropy, mean, mse, softmax, square
from minigrad.tensor import Tensor
from minigrad.train import History, fit, predict
from minigrad.train.slips import check_model

__all__ = ["Classifier", "Regressor"]


def two_layers(inputs: int, outputs: int, width: int = 100) -> nn.Module:
    """A hidden layer of 100 with ReLU: what is trained where no module is given. inputs: numbers in a sample."""
    return nn.Sequential(nn.Flatten(), nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, outputs))


class _Estimator(BaseEstimator):
    """What both have in common. See Classifier."""

    def __init__(self, module: Any = two_layers, *, options: Mapping[str, Any] | None = None, loss: Any = None,
                 optimizer: Any = optim.Adam, lr: float = 0.01, optimizer_options: Mapping[str, Any] | None = None,
                 epochs: int = 20, batch_size: int = 32, validation: float | None = None, callbacks: Any = None,
                 random_state: Any = None, progress: bool = False) -> None:
        self.module, self.options, self.loss, self.optimizer, self.lr = module, options, loss, optimizer, lr
        self.optimizer_options, self.epochs, self.batch_size = optimizer_options, epochs, batch_size
        self.validation, self.callbacks, self.random_state, self.progress = validation, callbacks, random_state, progress

    # ---- training

    def _train(self, x: np.ndarray, target: np.ndarray, outputs: int, epochs: int) -> None:
        """Begin, where there is no model yet, and train for so many epochs."""
        if not hasattr(self, "model_"):
            self._seed = int(check_random_state(self.random_state).randint(2**31))
            self.history_ = History()
        done = self.history_.epochs[-1] if self.history_.rows else 0
        with _streams(self._seed + done):
            if done == 0:
                self.model_ = self._made(x, outputs)
                self.optimizer_ = self.optimizer(self.model_.parameters(), lr=self.lr, **(self.optimizer_options or {}))
            held, (x, target) = self._held_out(x, target)
            data = Loader((x, target), batch_size=min(self.batch_size, len(x)), shuffle=True, seed=self._seed)
            data.set_epoch(done)
            history = fit(self.model_, data, self._loss(), self.optimizer_, epochs, validation=held, accuracy=self._right,
                          callbacks=copy.deepcopy(list(self.callbacks or ())), progress=self.progress)
        history.rows[:0] = self.history_.rows
        self.history_, self.n_iter_ = history, len(history)

    def _made(self, x: np.ndarray, outputs: int) -> nn.Module:
        """The model for these inputs: what the factory makes, or a copy of the module that was given."""
        if isinstance(self.module, nn.Module):
            if self.options:
                raise ValueError(f"[{type(self).__name__}] options are for a function that makes the module, found a "
                                 f"{type(self.module).__name__} that is made already")
            return copy.deepcopy(self.module)
        if not callable(self.module):
            raise TypeError(f"[{type(self).__name__}] module must be a function (inputs, outputs) -> nn.Module, or one without "
                            f"arguments, or an nn.Module, found {type(self.module).__name__}")
        sizes = (x[0].size if x.ndim == 2 or self.module is two_layers else x.shape[1], outputs)
        model = self.module(*(sizes if _takes_two(self.module) else ()), **(self.options or {}))
        check_model(type(self).__name__, model)
        return model

    def _held_out(self, x: np.ndarray, target: np.ndarray) -> tuple[Any, tuple[np.ndarray, np.ndarray]]:
        """(validation data or None, training data): a fraction drawn at random is never trained on."""
        if self.validation is None:
            return None, (x, target)
        if not 0 < self.validation < 1:
            raise ValueError(f"[{type(self).__name__}] validation is the fraction that is held out, between 0 and 1, found "
                             f"{self.validation}")
        order = np.random.default_rng(self._seed).permutation(len(x))
        cut = min(max(round(self.validation * len(x)), 1), len(x) - 1)
        return (x[order[:cut]], target[order[:cut]]), (x[order[cut:]], target[order[cut:]])

    def _loss(self) -> Callable[[Any, Any], Tensor]:
        raise NotImplementedError

    _right: Any = False

    def _weights(self, sample_weight: Any, x: np.ndarray) -> np.ndarray | None:
        """Each sample's weight, their mean 1; None where all count the same."""
        if sample_weight is None:
            return None
        if self.loss is not None:
            raise ValueError(f"[{type(self).__name__}] sample_weight is for the loss that it has itself, found loss="
                             f"{getattr(self.loss, '__name__', type(self.loss).__name__)}: leave one of them out")
        weights = _check_sample_weight(sample_weight, x, dtype=np.float64, ensure_non_negative=True)
        if not weights.sum() > 0:
            raise ValueError(f"[{type(self).__name__}] all sample weights are 0, so there is nothing to learn from")
        return (weights / weights.mean()).astype(np.float32)

    def _read(self, x: Any, **options: Any) -> Any:
        """X, or (X, y), checked: float32, or uint8 pixels, which count as pixels / 255."""
        dtype = np.uint8 if getattr(x, "dtype", None) == np.uint8 else np.float32
        return validate_data(self, x, dtype=dtype, allow_nd=True, **options)

    def _outputs(self, x: Any) -> np.ndarray:
        check_is_fitted(self, "model_")
        with _streams(0):                       # predicting draws nothing; what a module draws all the same is no user's
            return predict(self.model_, self._read(x, reset=False))

    def _begin(self) -> None:
        """Forget what was trained."""
        for name in ("model_", "optimizer_", "history_", "n_iter_"):
            self.__dict__.pop(name, None)


class Classifier(ClassifierMixin, _Estimator):
    """A classifier over any module.

    module             a function (inputs, outputs) that makes one, inputs being the features of a sample (channels, of images),
                       outputs the classes; or a function without arguments, or a module, of which each fit trains a copy.
                       Unless given, a hidden layer of 100
    options            what else the function is called with, {"width": 32}
    loss               (outputs, classes) -> mean; cross_entropy unless given
    optimizer          a class of mg.optim, made with the parameters, lr and optimizer_options
    epochs, batch_size as for `fit`; callbacks too, of which each fit takes copies
    validation         the fraction of samples that is held out and measured after each epoch, for EarlyStop and the like
    random_state       the seed of first weights, order and dropout: an int makes fit give the same again
    progress           whether `fit` shows its bar and lines

    After fit: model_, optimizer_, history_ (a History), classes_, n_features_in_, n_iter_ (epochs). X (N, features) or images
    (N, C, H, W), as float32; uint8 pixels count as pixels / 255. The engine's own random streams are left as they were.
    """

    _right = None

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train from the start. sample_weight (N,): how much each sample counts, for the loss that is built in."""
        x, y = self._read(X, y=y)
        check_classification_targets(y)
        self._begin()
        self.classes_, target = np.unique(y, return_inverse=True)
        self._train(x, self._target(target, self._weights(sample_weight, x)), len(self.classes_), self.epochs)
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """One more epoch, over these samples. classes: all that there will be, for the first call."""
        first = not hasattr(self, "model_")
        x, y = self._read(X, y=y, reset=first)
        check_classification_targets(y)
        if first:
            if classes is None:
                raise ValueError("[partial_fit] classes must be given for the first call: all that there will be")
            self.classes_ = np.unique(classes)
        target = np.searchsorted(self.classes_, y).clip(0, len(self.classes_) - 1)
        strange = np.unique(y[self.classes_[target] != y])
        if len(strange):
            raise ValueError(f"[partial_fit] y holds {strange[:5]}, which are not among the classes {self.classes_[:10]}")
        self._train(x, self._target(target, self._weights(sample_weight, x)), len(self.classes_), 1)
        return self

    def _target(self, target: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
        """Classes (N,); with weights rows (N, C) that sum to them: cross entropy is linear in its target."""
        return target if weights is None else np.eye(len(self.classes_), dtype=np.float32)[target] * weights[:, None]

    def _loss(self) -> Callable[[Any, Any], Tensor]:
        return cross_entropy if self.loss is None else self.loss

    def predict_proba(self, X: Any) -> np.ndarray:
        """The probability of each class, float64 (N, C): softmax of the outputs."""
        z = self._outputs(X)
        if z.ndim != 2 or z.shape[1] != len(self.classes_):
            raise ValueError(f"[Classifier] the module must give (N, {len(self.classes_)}), a number for each class, found "
                             f"{z.shape}")
        return softmax(z.astype(np.float64), 1).numpy()

    def predict(self, X: Any) -> np.ndarray:
        """The most probable class of each sample (N,)."""
        chosen = self.predict_proba(X).argmax(axis=1)
        return self.classes_[chosen]


class Regressor(RegressorMixin, _Estimator):
    """A regressor over any module: as Classifier, with y (N,) or (N, K) numbers, outputs being 1 or K, and mse for a loss.

    What y is measured in is for you to scale, or for sklearn's TransformedTargetRegressor.
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train from the start. sample_weight (N,): how much each sample counts, for the loss that is built in."""
        self._begin()
        return self._fit(X, y, sample_weight, self.epochs, reset=True)

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """One more epoch, over these samples."""
        return self._fit(X, y, sample_weight, 1, reset=not hasattr(self, "model_"))

    def _fit(self, X: Any, y: Any, sample_weight: Any, epochs: int, reset: bool) -> Self:
        x, y = self._read(X, y=y, multi_output=True, y_numeric=True, reset=reset)
        if reset:
            self._flat = y.ndim == 1
        target = y.reshape(len(y), -1).astype(np.float32)
        weights = self._weights(sample_weight, x)
        self._weighed = weights is not None
        outputs = target.shape[1]
        self._train(x, target if weights is None else np.hstack([target, weights[:, None]]), outputs, epochs)
        return self

    def _loss(self) -> Callable[[Any, Any], Tensor]:
        return self.loss if self.loss is not None else _weighed_mse if self._weighed else mse

    def predict(self, X: Any) -> np.ndarray:
        """The outputs, float64, (N,) or (N, K) as y was."""
        z = self._outputs(X).astype(np.float64)
        return z.reshape(len(z)) if self._flat and z.ndim == 2 and z.shape[1] == 1 else z

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


def _weighed_mse(z: Tensor, target: Any) -> Tensor:
    """The mean of w (z - y)^2, the target's last column being w."""
    return mean(square(z - target[:, :-1]) * target[:, -1:])


def _takes_two(make: Any) -> bool:
    """Whether a factory wants the sizes: two arguments by position that have no default."""
    try:
        parameters = inspect.signature(make).parameters.values()
    except (TypeError, ValueError):
        return False
    return sum(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.default is p.empty for p in parameters) >= 2


@contextmanager
def _streams(seed: int) -> Iterator[None]:
    """The engine's random streams start from the seed, and are afterwards where they were."""
    before = random.get_state()
    try:
        random.manual_seed(seed)
        yield
    finally:
        random.set_state(before)
