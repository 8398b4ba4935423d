"""Optimisers, and what goes with them. The names are PyTorch's.

optimizer: what they share      group: parameters with one set of options      cohort: parameters that step together
options: how they are checked      state: what is saved and loaded      sgd, adam, nadam, rmsprop, signs, asgd: the kinds
"""

from typing import TYPE_CHECKING

from minigrad.optim.adam import Adam, AdamW
from minigrad.optim.asgd import ASGD
from minigrad.optim.nadam import Adamax, NAdam, RAdam
from minigrad.optim.optimizer import Optimizer
from minigrad.optim.rmsprop import Adadelta, Adagrad, RMSprop
from minigrad.optim.sgd import SGD
from minigrad.optim.signs import Lion, Rprop
from minigrad.system.names import files_of, missing

__all__ = ["ASGD", "SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "Lion", "NAdam", "Optimizer", "RAdam", "RMSprop",
           "Rprop"]

files_of(__name__)


if not TYPE_CHECKING:       # a type checker shall see what is not there
    def __getattr__(name: str) -> None:
        raise AttributeError(missing(__name__, name))
