"""Comparisons: boolean arrays."""

from minigrad.kernels.reference.elementwise import in_library


class Compare:
    """a and b broadcast; either may be a Python number."""

    greater, greater_equal = in_library("greater", 2), in_library("greater_equal", 2)
    less, less_equal = in_library("less", 2), in_library("less_equal", 2)
    equal, not_equal = in_library("equal", 2), in_library("not_equal", 2)
