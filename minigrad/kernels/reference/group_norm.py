"""Group norm: the channels of each image in groups, each group normalised by itself (Wu & He 2018).

Layer norm (Ba, Kiros & Hinton 2016) and instance norm (Ulyanov, Vedaldi & Lempitsky 2016) are group norms.
"""

import math

from minigrad.kernels.halves import in_single


class GroupNorm:
    """Statistics and what they normalise are float64, as in batch norm."""

    @in_single(results=1)
    def group_norm(self, x, gamma, beta, groups, eps, out=None):
        """x (N, C, ...), gamma and beta (C,) -> (y, aux): (x - mean) / sqrt(var + eps) gamma + beta, biased variance. `out` is
        y's."""
        xhat, _ = self._normalise_groups(x, groups, eps)
        y = self.add(self.mul(xhat, self._per_channel(gamma, xhat)), self._per_channel(beta, xhat))
        return self.astype(y, x.dtype, out=out), None

    @in_single
    def group_norm_backward(self, g, x, gamma, aux, need, groups, eps, out=None):
        """With gy = g gamma: gx = (gy - (mean(gy) + xhat mean(gy xhat))) / sd, ggamma = sum g xhat, gbeta = sum g; None for
        each that the triple `need` leaves out. `out` is a triple, too."""
        to_x, to_gamma, to_beta = (None,) * 3 if out is None else out
        axes = (0, *range(2, len(x.shape)))
        xhat, rstd = self._normalise_groups(x, groups, eps)
        g = self.astype(g, xhat.dtype)
        gx = ggamma = gbeta = None
        if need[0]:
            rows = _rows(x, groups)
            flat = self.reshape(xhat, rows)
            gy = self.reshape(self.mul(g, self._per_channel(gamma, xhat)), rows)
            along = self.mul(flat, self.mean(self.mul(gy, flat), 2, True))
            centred = self.sub(gy, self.add(self.mean(gy, 2, True), along))
            gx = self.astype(self.reshape(self.mul(centred, rstd), x.shape), x.dtype, out=to_x)
        if need[1]:
            ggamma = self.astype(self.sum(self.mul(g, xhat), axes), x.dtype, out=to_gamma)
        if need[2]:
            gbeta = self.astype(self.sum(g, axes), x.dtype, out=to_beta)
        return gx, ggamma, gbeta

    def _normalise_groups(self, x, groups, eps):
        """((x - mean) / sd in x's shape, 1 / sd as (1, N groups, 1)), in float64."""
        xhat, rstd, _, _ = self._normalise(self.reshape(x, _rows(x, groups)), eps)
        return self.reshape(xhat, x.shape), rstd


def _rows(x, groups):
    """A group is a row, and the channel of what batch norm's statistics are taken of."""
    return 1, x.shape[0] * groups, math.prod(x.shape[1:]) // groups
