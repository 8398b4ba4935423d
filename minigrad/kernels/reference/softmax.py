"""Softmax, its logarithm and logsumexp, along one axis."""

from minigrad.kernels.halves import in_single


class Softmax:
    """Exponentials that are kept from overflowing by subtracting the maximum first."""

    @in_single
    def softmax(self, z, axis, out=None):
        e = self.exp(self.sub(z, self.finite_max(z, axis)))
        return self.div(e, self.sum(e, axis, True), out=out)

    @in_single
    def softmax_backward(self, g, y, axis, out=None):
        """y = softmax(z): gz = y (g - sum(g y))"""
        return self.pick_mul(self.sub(g, self.sum(self.pick_mul(g, y), axis, True)), y, out=out)

    @in_single
    def log_softmax(self, z, axis, out=None):
        d = self.sub(z, self.finite_max(z, axis))
        return self.sub(d, self.log(self.sum(self.exp(d), axis, True)), out=out)

    @in_single
    def log_softmax_backward(self, g, y, axis, out=None):
        """y = log_softmax(z): gz = g - softmax(z) sum(g)"""
        return self.sub(g, self.pick_mul(self.sum(g, axis, True), self.exp(y)), out=out)

    @in_single
    def logsumexp(self, z, axis, keepdims=False, out=None):
        m = self.finite_max(z, axis)
        y = self.add(self.log(self.sum(self.exp(self.sub(z, m)), axis, True)), m)
        if not keepdims:
            y = self.reshape(y, z.shape[:axis] + z.shape[axis + 1:])
        return y if out is None else self.copy(y, out=out)
