"""Matrix products, and the layer that is one."""

from minigrad.kernels.halves import in_single


class Matmul:
    """Products of matrices (..., M, K) and (..., K, N)."""

    @in_single
    def matmul(self, a, b, out=None):
        """a (..., M, K) @ b (..., K, N) -> (..., M, N); leading axes broadcast."""
        with self._quiet():
            return self.xp.matmul(a, b, out=out)

    @in_single
    def linear(self, x, w, b=None, out=None):
        """x (N, I), w (O, I), b (O,) or None -> x w^T + b (N, O)"""
        y = self.matmul(x, self.transpose(w), out=out)
        return y if b is None else self.add(y, b, out=out)

    @in_single
    def linear_backward(self, g, x, w, need, out=None):
        """gx = g w, gw = g^T x, gb = the sum of g's rows (N, O); None for each that the triple `need` leaves out. `out` is a
        triple, too."""
        to_x, to_w, to_b = (None,) * 3 if out is None else out
        return (self.matmul(g, w, out=to_x) if need[0] else None,
                self.matmul(self.transpose(g), x, out=to_w) if need[1] else None,
                self.sum(g, 0, out=to_b) if need[2] else None)
