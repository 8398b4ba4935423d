"""Weighted sums of places along an axis: interpolation, means over windows of several sizes, and the adjoints of both."""

from minigrad.kernels.halves import in_single


class Resample:
    """One primitive, its own adjoint: the places are turned round."""

    @in_single
    def resample(self, x, there, back, axis, out=None):
        """y[..., o, ...] = sum over k of weight[o, k] x[..., index[o, k], ...] along one axis (>= 0).

        there: (index (O, K) int64, weight (O, K)); a weight of 0 picks nothing. back: the same for the adjoint.
        """
        index, weight = there
        sides = x.shape[:axis] + index.shape[:1] + x.shape[axis + 1:]
        along = (-1,) + (1,) * (len(x.shape) - axis - 1)
        total = self.xp.zeros(sides, x.dtype)
        for k in range(index.shape[1]):
            total = self.add(total, self.pick_mul(weight[:, k].reshape(along), self.xp.take(x, index[:, k], axis)))
        return self._give(total, out)
