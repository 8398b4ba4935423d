"""Gradients against finite differences in float64: `gradcheck` and `gradgradcheck`."""

from minigrad.testing.gradcheck.gradcheck import gradcheck, gradgradcheck
from minigrad.testing.gradcheck.result import GradcheckResult, GradientError

__all__ = ["GradcheckResult", "GradientError", "gradcheck", "gradgradcheck"]
