"""Discrete Fourier transforms: numpy's pocketfft. float32 in, complex64 out.

    dft               y[k] = sum over j of a[j] e^(-2 pi i j k / n), along each of the axes; with +2 pi i: inverse
    real_dft          the same of real numbers, along one axis: y[0 ... n // 2], the rest being their conjugates
    inverse_real_dft  the real numbers, n of them, of such a half

norm says which of a pair, forward and inverse, is divided by n: "backward", the inverse; "forward", the other one; "ortho",
both by sqrt n.
"""


class Fourier:
    """Transforms along axes >= 0, none of them empty."""

    def dft(self, a, axes, inverse, norm, out=None):
        transform = self.xp.fft.ifftn if inverse else self.xp.fft.fftn
        with self._quiet():
            return self._give(transform(a, axes=axes, norm=norm), out)

    def real_dft(self, a, axis, norm, out=None):
        with self._quiet():
            return self._give(self.xp.fft.rfft(a, axis=axis, norm=norm), out)

    def inverse_real_dft(self, a, n, axis, norm, out=None):
        with self._quiet():
            return self._give(self.xp.fft.irfft(a, n, axis=axis, norm=norm), out)

    def weigh_interior(self, a, n, axis, weight, out=None):
        """Half a spectrum of n real numbers with its interior frequencies, those that stand for two, times `weight`: all but
        the first and, for an even n, the last."""
        inside = (slice(None),) * axis + (slice(1, (n + 1) // 2),)
        y = self.copy(a, out=out)
        y[inside] *= weight
        return y
