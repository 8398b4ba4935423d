"""Shapes: the same elements otherwise arranged. Results may be views."""

from minigrad.kernels.halves import in_single


class Shape:
    """Nothing is computed here, but sums where windows overlap."""

    def reshape(self, a, shape):
        return a.reshape(shape)

    def transpose(self, a, axes=None):
        return a.transpose(axes)

    def broadcast_to(self, a, shape):
        return self.xp.broadcast_to(a, shape)

    def concatenate(self, arrays, axis, out=None):
        return self.xp.concatenate(arrays, axis=axis, out=out)

    def pad(self, a, widths, value=0, out=None):
        """widths: ((before, after), ...) per axis; filled with `value`."""
        return self._give(self.xp.pad(a, widths, constant_values=value) if widths else a, out)

    def diagonal(self, a, offset, axis1, axis2):
        """a[i, i + offset] of two axes, on a new last one: a view."""
        return self.xp.diagonal(a, offset, axis1, axis2)

    def put_diagonal(self, g, offset, axis1, axis2, shape, out=None):
        """Zeros of `shape` with g on that diagonal: the adjoint of diagonal."""
        out = self._give(self.xp.zeros(shape, g.dtype), out)
        i = self.xp.arange(g.shape[-1])
        self.xp.moveaxis(out, (axis1, axis2), (-2, -1))[..., i + max(-offset, 0), i + max(offset, 0)] = g
        return out

    def view_windows(self, a, axis, size, step, dilation):
        """a[..., i step + j dilation, ...], i along `axis`, j < size along a new last one: a view."""
        windows = self.xp.lib.stride_tricks.sliding_window_view(a, (size - 1) * dilation + 1, axis)
        return windows[(slice(None),) * axis + (slice(None, None, step), ..., slice(None, None, dilation))]

    @in_single
    def add_windows(self, g, axis, n, step, dilation, out=None):
        """Windows summed where they lay along an axis of n places: the adjoint of view_windows."""
        count, size = g.shape[axis], g.shape[-1]
        shape = (*g.shape[:axis], n, *g.shape[axis + 1:-1])
        out = self._give(self.xp.zeros_like(g[..., 0], shape=shape), out)       # in g's memory order: both run on together
        with self._quiet():
            for j in range(size):
                start = j * dilation
                out[(slice(None),) * axis + (slice(start, start + step * (count - 1) + 1, step),)] += g[..., j]
        return out
