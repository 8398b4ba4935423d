"""Schedules of the learning rate, with PyTorch's names, arguments and trajectories; Keras's where PyTorch has none.

scheduler: what they share      decays: by steps, powers and functions      cosine: cosines, with restarts, and towards
averages of weights      cycles: one cycle, many      plateau: by what was measured      together: several, in turn or at once
"""

from typing import TYPE_CHECKING

from minigrad.optim.lr_scheduler.cosine import SWALR, CosineAnnealingLR, CosineAnnealingWarmRestarts
from minigrad.optim.lr_scheduler.cycles import CyclicLR, OneCycleLR
from minigrad.optim.lr_scheduler.decays import (
    ConstantLR,
    ExponentialLR,
    InverseTimeDecay,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
    WarmupLR,
)
from minigrad.optim.lr_scheduler.plateau import ReduceLROnPlateau
from minigrad.optim.lr_scheduler.scheduler import LRScheduler
from minigrad.optim.lr_scheduler.together import ChainedScheduler, SequentialLR
from minigrad.system.names import missing

__all__ = ["SWALR", "ChainedScheduler", "ConstantLR", "CosineAnnealingLR", "CosineAnnealingWarmRestarts", "CyclicLR",
           "ExponentialLR", "InverseTimeDecay", "LRScheduler", "LambdaLR", "LinearLR", "MultiStepLR", "MultiplicativeLR",
           "OneCycleLR", "PolynomialLR", "ReduceLROnPlateau", "SequentialLR", "StepLR", "WarmupLR"]


if not TYPE_CHECKING:
    def __getattr__(name: str) -> None:
        raise AttributeError(missing(__name__, name))
