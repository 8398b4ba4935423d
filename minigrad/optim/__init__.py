"""Optimisers, and what goes with them. The names are PyTorch's.

optimizer: what they share      group: parameters with one set of options      cohort: parameters that step together
options: how they are checked      state: what is saved and loaded
sgd, adam, nadam, rmsprop, signs, asgd, muon, lbfgs (with its line search, wolfe): the kinds
lr_scheduler: schedules of the learning rate, which are found here, too      clip: of gradients      averaged: means of weights
"""

from typing import TYPE_CHECKING

from minigrad.optim import lr_scheduler
from minigrad.optim.adam import Adam, AdamW
from minigrad.optim.asgd import ASGD
from minigrad.optim.averaged import EMA, AveragedModel, update_bn
from minigrad.optim.clip import clip_grad_norm_, clip_grad_value_
from minigrad.optim.lbfgs import LBFGS
from minigrad.optim.lr_scheduler import (
    SWALR,
    ChainedScheduler,
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    CyclicLR,
    ExponentialLR,
    InverseTimeDecay,
    LambdaLR,
    LinearLR,
    LRScheduler,
    MultiplicativeLR,
    MultiStepLR,
    OneCycleLR,
    PolynomialLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
    WarmupLR,
)
from minigrad.optim.muon import Muon
from minigrad.optim.nadam import Adamax, NAdam, RAdam
from minigrad.optim.optimizer import Optimizer
from minigrad.optim.rmsprop import Adadelta, Adagrad, RMSprop
from minigrad.optim.sgd import SGD
from minigrad.optim.signs import Lion, Rprop
from minigrad.system.names import files_of, listed, missing

__all__ = ["ASGD", "EMA", "LBFGS", "SGD", "SWALR", "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "AveragedModel",
           "ChainedScheduler", "ConstantLR", "CosineAnnealingLR", "CosineAnnealingWarmRestarts", "CyclicLR", "ExponentialLR",
           "InverseTimeDecay", "LRScheduler", "LambdaLR", "LinearLR", "Lion", "MultiStepLR", "MultiplicativeLR", "Muon",
           "NAdam", "OneCycleLR", "Optimizer", "PolynomialLR", "RAdam", "RMSprop", "ReduceLROnPlateau", "Rprop",
           "SequentialLR", "StepLR", "WarmupLR", "clip_grad_norm_", "clip_grad_value_", "lr_scheduler", "update_bn"]

files_of(__name__)


if not TYPE_CHECKING:       # a type checker shall see what is not there
    def __getattr__(name: str) -> None:
        raise AttributeError(missing(__name__, name))


def __dir__() -> list[str]:
    return listed(globals())
