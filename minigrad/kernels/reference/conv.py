"""Convolution. One trilinear form in x, w and g: each one's gradient is the other two.

geometry: (stride, padding, dilation, groups), the first three pairs.
"""

from minigrad.kernels.halves import in_single


class Conv:
    """Convolution over two axes, and its adjoints in the image and in the weights."""

    @in_single(results=1)
    def conv2d(self, x, w, b, geometry, out=None):
        """x (N, C, H, W), w (O, C/groups, KH, KW), b (O,) or None -> (y (N, O, OH, OW), aux). `out` is y's."""
        stride, padding, dilation, groups = geometry
        windows = self._windows(x, w.shape[2:], stride, padding, dilation)
        if not (x.shape[1] and w.shape[0]):
            groups = 1      # however many there are, they are all alike: without channels
        c, o = w.shape[1], w.shape[0] // groups
        with self._quiet():
            parts = [self.xp.tensordot(windows[:, i * c:(i + 1) * c], w[i * o:(i + 1) * o], ((1, 4, 5), (1, 2, 3)))
                     for i in range(groups)]
            y = parts[0] if groups == 1 else self.xp.concatenate(parts, axis=-1)      # (N, OH, OW, O)
            return self._give((y if b is None else y + b).transpose(0, 3, 1, 2), out), None

    @in_single
    def conv2d_backward(self, g, x, w, aux, need, geometry, out=None):
        """The gradients in x, w and b (O,); None for each that the triple `need` leaves out. `out` is a triple, too."""
        to_x, to_w, to_b = (None,) * 3 if out is None else out
        return (self.conv2d_input_grad(g, w, geometry, x.shape, out=to_x) if need[0] else None,
                self.conv2d_weight_grad(g, x, geometry, w.shape, out=to_w) if need[1] else None,
                self.sum(g, (0, 2, 3), out=to_b) if need[2] else None)

    @in_single
    def conv2d_input_grad(self, g, w, geometry, shape, out=None):
        """The adjoint of conv2d in x: g (N, O, OH, OW), w (O, C/groups, KH, KW) -> shape (N, C, H, W)"""
        n, c, h, width = shape
        (sh, sw), (ph, pw), (dh, dw), groups = geometry
        if not (c and w.shape[0]):
            return self._give(self.xp.zeros(shape, g.dtype), out)
        oh, ow = g.shape[2:]
        gx = self.xp.zeros((n, h + 2 * ph, width + 2 * pw, c), g.dtype)
        ci, co = c // groups, w.shape[0] // groups
        for i in range(w.shape[2]):
            for j in range(w.shape[3]):
                rows = slice(i * dh, i * dh + sh * (oh - 1) + 1, sh)
                columns = slice(j * dw, j * dw + sw * (ow - 1) + 1, sw)
                for k in range(groups):
                    with self._quiet():
                        gx[:, rows, columns, k * ci:(k + 1) * ci] += self.xp.tensordot(
                            g[:, k * co:(k + 1) * co], w[k * co:(k + 1) * co, :, i, j], ((1,), (0,)))
        return self._give(gx[:, ph:ph + h, pw:pw + width].transpose(0, 3, 1, 2), out)

    @in_single
    def conv2d_weight_grad(self, g, x, geometry, shape, out=None):
        """The adjoint of conv2d in w: g (N, O, OH, OW), x (N, C, H, W) -> shape (O, C/groups, KH, KW)"""
        stride, padding, dilation, groups = geometry
        if not (x.shape[1] and shape[0]):
            return self._give(self.xp.zeros(shape, g.dtype), out)
        windows = self._windows(x, shape[2:], stride, padding, dilation)
        c, o = shape[1], shape[0] // groups
        with self._quiet():
            parts = [self.xp.tensordot(g[:, i * o:(i + 1) * o], windows[:, i * c:(i + 1) * c], ((0, 2, 3), (0, 2, 3)))
                     for i in range(groups)]
        return self._give(parts[0] if groups == 1 else self.xp.concatenate(parts), out)

    def _windows(self, x, size, stride, padding, dilation):
        """x (N, C, H, W) -> a view (N, C, OH, OW, KH, KW) of the zero-padded x."""
        (kh, kw), (sh, sw), (ph, pw), (dh, dw) = size, stride, padding, dilation
        if ph or pw:
            x = self.xp.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
        span = ((kh - 1) * dh + 1, (kw - 1) * dw + 1)
        return self.xp.lib.stride_tricks.sliding_window_view(x, span, (2, 3))[:, :, ::sh, ::sw, ::dh, ::dw]
