"""Comparisons."""

from minigrad.testing.kernels.claims.elementwise import of_kind, two

KERNELS = of_kind("compare", two)
