"""Optimisers: SGD, Adam, AdamW. The names are PyTorch's.

optimizer: what they share      group: parameters with one set of options      cohort: parameters that step together
ownership: one optimiser per parameter      state: what is saved and loaded      sgd, adam: the kinds
"""

from minigrad.optim.adam import Adam, AdamW
from minigrad.optim.optimizer import Optimizer
from minigrad.optim.sgd import SGD

__all__ = ["SGD", "Adam", "AdamW", "Optimizer"]
