"""Functions with steps: rounding, remainders, and what asks about single numbers or bits."""

from minigrad.kernels.reference.elementwise import in_library


class Steps:
    """Elementwise, and nothing to differentiate but remainders between two steps."""

    def round(self, a, decimals=0, out=None):
        """To that many decimals, halves to the even neighbour."""
        with self._quiet():
            return self._give(self.xp.round(a, decimals), out)

    def isclose(self, a, b, rtol, atol, equal_nan, out=None):
        """|a - b| <= atol + rtol |b|; infinities of one sign are close, NaN to NaN if equal_nan."""
        with self._quiet():
            return self._give(self.xp.isclose(a, b, rtol, atol, equal_nan), out)


for _name in "floor ceil trunc isnan isinf isfinite signbit logical_not invert".split():
    setattr(Steps, _name, in_library(_name, 1))
for _name in ("mod fmod floor_divide copysign logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor left_shift "
              "right_shift").split():
    setattr(Steps, _name, in_library(_name, 2))
