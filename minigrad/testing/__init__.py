"""Checks for your own operations: does a gradient agree with the slope?

    mg.testing.gradcheck(f, *inputs)          the gradients of f against finite differences, in float64
    mg.testing.gradgradcheck(f, *inputs)      the gradients of those gradients
"""

from minigrad.testing.gradcheck import GradientError, gradcheck, gradgradcheck

__all__ = ["GradientError", "gradcheck", "gradgradcheck"]
