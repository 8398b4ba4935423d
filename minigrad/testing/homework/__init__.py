"""Homework: gradients that a student wrote by hand, compared with the engine's, and each difference named as a mistake.

`check.py` calls the student's code and sets its gradients beside the engine's; `planted.py` walks the engine's own graph again
with one step done wrongly, in every way that students do it; `diagnose.py` finds which of these the student's numbers are;
`settled.py` puts what draws random numbers into evaluation mode; `report.py` says it all, `steps.py` with the step of the
derivation to look at again.
"""

from minigrad.testing.homework.check import check_gradient
from minigrad.testing.homework.report import Finding, GradientReport

__all__ = ["Finding", "GradientReport", "check_gradient"]
