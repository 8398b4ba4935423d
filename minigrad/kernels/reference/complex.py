"""Complex numbers and their parts. Real numbers are complex ones without an imaginary part."""

import numpy as np

from minigrad.kernels.dtypes import complex_of


class Complex:
    """From complex to real and back."""

    def real(self, a, out=None):
        return self._give(self.xp.array(a.real, copy=True, order="K"), out)

    def imag(self, a, out=None):
        return self._give(self.xp.array(a.imag, copy=True, order="K"), out)

    def conj(self, a, out=None):
        return self.xp.asarray(self.xp.conjugate(a, out=out))

    def angle(self, a, out=None):
        """The angle of a complex number in the plane, from -pi to pi, that of 0 is 0."""
        return self._give(self.xp.arctan2(a.imag, a.real), out)

    def complex(self, a, b, out=None):
        """a + b i, both real and of one shape. Written part by part: an infinite part does not make the other NaN."""
        if out is None:
            out = self.xp.empty(a.shape, complex_of(np.result_type(a.dtype, b.dtype)))
        out.real, out.imag = a, b
        return out
