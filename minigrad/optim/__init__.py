"""Optimisers: SGD, Adam, AdamW. The names are PyTorch's.

optimizer: what they share      group: parameters with one set of options      cohort: parameters that step together
state: what is saved and loaded      sgd, adam: the kinds
"""

from typing import TYPE_CHECKING

from minigrad.optim.adam import Adam, AdamW
from minigrad.optim.optimizer import Optimizer
from minigrad.optim.sgd import SGD
from minigrad.system.names import files_of, missing

__all__ = ["SGD", "Adam", "AdamW", "Optimizer"]

files_of(__name__)


if not TYPE_CHECKING:       # a type checker shall see what is not there
    def __getattr__(name: str) -> None:
        raise AttributeError(missing(__name__, name))
