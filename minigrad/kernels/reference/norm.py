"""Batch norm over every axis but 1 (Ioffe & Szegedy 2015): biased variance to normalise.

Statistics and what they normalise are float64: the squares and sums of float32's largest numbers are not too large for it.
"""

from minigrad.kernels.halves import in_single


class Norm:
    """Batch norm in training and in inference, and the running statistics between them."""

    @in_single(results=1)
    def batch_norm(self, x, gamma, beta, eps, out=None):
        """x (N, C, ...), gamma (C,), beta (C,) -> (y, mean (C,), biased variance (C,), aux). `out` is y's."""
        channels = (x.shape[1],)
        xhat, _, mean, var = self._normalise(x, eps)
        y = self.add(self.mul(xhat, self._per_channel(gamma, xhat)), self._per_channel(beta, xhat))
        return (self.astype(y, x.dtype, out=out), self.astype(self.reshape(mean, channels), x.dtype),
                self.astype(self.reshape(var, channels), x.dtype), None)

    @in_single
    def batch_norm_backward(self, g, x, gamma, aux, eps, out=None):
        """gx = (g - (mean(g) + xhat mean(g xhat))) / sd gamma, ggamma = sum g xhat, gbeta = sum g. `out` is a triple, too."""
        to_x, to_gamma, to_beta = (None,) * 3 if out is None else out
        axes, channels = _all_but_one(x), (x.shape[1],)
        xhat, rstd, _, _ = self._normalise(x, eps)
        g = self.astype(g, xhat.dtype)
        gxhat = self.mul(g, xhat)
        centred = self.sub(g, self.add(self.mean(g, axes, True), self.mul(xhat, self.mean(gxhat, axes, True))))
        gx = self.mul(self.mul(centred, rstd), self._per_channel(gamma, xhat))
        return (self.astype(gx, x.dtype, out=to_x),
                self.astype(self.reshape(self.sum(gxhat, axes), channels), x.dtype, out=to_gamma),
                self.astype(self.reshape(self.sum(g, axes), channels), x.dtype, out=to_beta))

    @in_single
    def batch_norm_inference(self, x, mean, var, gamma, beta, eps, out=None):
        """The same with given statistics, mean (C,) and var (C,). The mean is subtracted first: x gamma / sd could overflow.

        Beside a large mean it is x / 2 - mean / 2 that is computed, since x - mean could overflow.
        """
        scale = self.where(self.greater(self.abs(mean), 1), 0.5, 1.0)
        centred = self.sub(self.mul(x, self._per_channel(scale, x)), self._per_channel(self.mul(mean, scale), x))
        slope = self.div(self.power(self.add(self.astype(var, "float64"), eps), -0.5), scale)
        y = self.mul(self.mul(centred, self._per_channel(slope, x)), self._per_channel(gamma, x))
        return self.add(y, self._per_channel(beta, x), out=out)

    @in_single
    def batch_norm_inference_backward(self, g, x, mean, var, gamma, eps, out=None):
        """The gradients of batch_norm_inference in x, gamma and beta. `out` is a triple, too."""
        to_x, to_gamma, to_beta = (None,) * 3 if out is None else out
        axes = _all_but_one(x)
        rstd = self._per_channel(self.power(self.add(self.astype(var, "float64"), eps), -0.5), x)
        gx = self.pick_mul(self.pick_mul(g, rstd), self._per_channel(gamma, x), out=to_x)
        xhat = self.mul(self.sub(x, self._per_channel(mean, x)), rstd)
        return gx, self.sum(self.pick_mul(g, xhat), axes, out=to_gamma), self.sum(g, axes, out=to_beta)

    @in_single
    def running_update(self, running, batch, momentum, out=None):
        """running + momentum (batch - running); `out` may be `running` itself. momentum: a number, or a 0-d float64 array."""
        kept = 1 - momentum
        if isinstance(momentum, self.array):
            kept, momentum = self.astype(kept, running.dtype), self.astype(momentum, running.dtype)
        return self.add(self.mul(running, kept), self.mul(batch, momentum), out=out)

    def _normalise(self, x, eps):
        """(x - mean) / sd, 1 / sd, mean, variance in float64."""
        axes, wide = _all_but_one(x), self.astype(x, "float64")
        mean = self.mean(wide, axes, True)
        d = self.sub(wide, mean)
        if x.dtype == wide.dtype:       # float64 has no wider dtype to sum in: subtract what rounding the mean left over
            d = self.sub(d, self.mean(d, axes, True))
        var = self.mean(self.mul(d, d), axes, True)
        rstd = self.power(self.add(var, eps), -0.5)
        return self.mul(d, rstd), rstd, mean, var

    def _per_channel(self, a, x):
        """a (C,) beside x (N, C, ...), in its dtype."""
        a = self.reshape(a, (1, -1) + (1,) * (len(x.shape) - 2))
        return a if a.dtype == x.dtype else self.astype(a, x.dtype)


def _all_but_one(x):
    return (0, *range(2, len(x.shape)))
