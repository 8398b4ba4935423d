"""Pooling, and what carries its gradient back; size, stride and padding are pairs.

A pooling is a loop over the places of the window, which treats all windows at once; or, where there are fewer windows than
places and many places, a loop over the windows, which treats all their places at once.
"""

import math

from minigrad.kernels.halves import in_single


class Pool:
    """The largest and the mean of windows of images (N, C, H, W)."""

    def max_pool2d(self, x, size, stride, padding, out=None):
        """x (N, C, H, W) -> (y (N, C, OH, OW), index): the first largest of each window, NaN wins; padding never does.

        index, the winner's place in its window (row * KW + column), is uint8, or int32 for windows above 256.
        `out` is a pair.
        """
        few = self._few_windows(x.shape, size, stride, padding)
        y, index = (self._max_by_window if few else self._max_by_place)(x, size, stride, padding)
        return (y, index) if out is None else (self._give(y, out[0]), self._give(index, out[1]))

    def _max_by_place(self, x, size, stride, padding):
        y = index = None
        lowest = _lowest(self.xp, x.dtype)
        for place, piece in self._window_pieces(x, size, stride, padding, lowest):
            if y is None:
                y, index = piece.copy(), self.xp.zeros(piece.shape, _index_dtype(self.xp, size))
                continue
            wins = (piece > y) | (self.xp.isnan(piece) & ~self.xp.isnan(y))
            self.xp.copyto(y, piece, where=wins)
            self.xp.copyto(index, place, where=wins)
        if padding != (0, 0):       # a window of nothing but the lowest: its first place inside the image, not in the padding
            inside = self._first_inside(x.shape, y.shape, size, stride, padding)
            index = self.xp.where(y == lowest, self.xp.maximum(index, inside), index).astype(index.dtype)
        return y, index

    def _max_by_window(self, x, size, stride, padding):
        shape = (*x.shape[:2], *_pooled_sides(x.shape, size, stride, padding))
        y, index = self.xp.empty(shape, x.dtype), self.xp.empty(shape, _index_dtype(self.xp, size))
        for window, (rows, columns), (i, j) in self._windows_in_turn(x.shape, size, stride, padding):
            pixels = _flat_images(x[:, :, rows, columns])
            first = self.xp.argmax(pixels, -1)
            y[window] = self.xp.take_along_axis(pixels, first[:, :, None], -1)[:, :, 0]
            width = columns.stop - columns.start
            index[window] = (i + first // width) * size[1] + j + first % width
        return y, index

    def max_pool2d_gather(self, x, index, size, stride, padding, out=None):
        """x at the winners' places: linear in x, the adjoint of max_pool2d_scatter."""
        if size[0] * size[1] > 256:
            places, inside = self._winners(index, x.shape, size, stride, padding)
            picked = self.take_along(_flat_images(x), _flat_images(places), 2)
            return self._give(self.xp.where(inside, picked.reshape(index.shape), 0).astype(x.dtype), out)
        y = self.xp.zeros(index.shape, x.dtype)
        for place, piece in self._window_pieces(x, size, stride, padding, 0):
            self.xp.copyto(y, piece, where=index == place)
        return self._give(y, out)

    @in_single
    def max_pool2d_scatter(self, g, index, size, stride, padding, shape, out=None):
        """g (N, C, OH, OW) added at the winners' places of zeros of shape (N, C, H, W): max_pool2d's gradient."""
        n, c, h, width = shape
        if size[0] * size[1] > 256:
            places, inside = self._winners(index, shape, size, stride, padding)
            images = self._numbered((n, c, 1, 1)) * (h * width)
            return self._add_up(self.xp.where(inside, g, 0).astype(g.dtype), places + images, shape, out)
        ph, pw = padding
        gx = self.xp.zeros((n, c, h + 2 * ph, width + 2 * pw), g.dtype)
        for place, piece in self._window_pieces(gx, size, stride, (0, 0), 0, g.shape):
            self.add(piece, self.xp.where(index == place, g, 0), out=piece)
        return self._give(gx[:, :, ph:ph + h, pw:pw + width], out)

    def max_pool2d_places(self, index, size, stride, padding, rows, columns, width):
        """The winners' places in images of this width, numbered in C order (int64); rows and columns (int64): which of those
        images' each row and column of what was pooled is."""
        index = index.astype(self.xp.int64)
        row = index // size[1] + (self.xp.arange(index.shape[2]) * stride[0] - padding[0])[:, None]
        column = index % size[1] + (self.xp.arange(index.shape[3]) * stride[1] - padding[1])
        return self.xp.take(rows, row) * width + self.xp.take(columns, column)

    def inverse_places(self, index, places):
        """index (R, K), places in rows of that many -> (R, places) int64: which k names the place, the last of several; -1 if
        none does."""
        found = self.xp.full((index.shape[0], places), -1)
        found[self.xp.arange(index.shape[0])[:, None], index] = self.xp.arange(index.shape[1])
        return found

    @in_single
    def avg_pool2d(self, x, size, stride, padding, out=None):
        """The mean of each window, padding counted as zeros (PyTorch's count_include_pad)."""
        share = 1 / (size[0] * size[1])
        if self._few_windows(x.shape, size, stride, padding):
            y = self.xp.empty((*x.shape[:2], *_pooled_sides(x.shape, size, stride, padding)), x.dtype)
            for window, (rows, columns), _ in self._windows_in_turn(x.shape, size, stride, padding):
                y[window] = self.sum(x[:, :, rows, columns], (2, 3))
            return self.mul(y, share, out=out)
        total = 0
        for _, piece in self._window_pieces(x, size, stride, padding, 0):
            total = self.add(total, piece)
        return self.mul(total, share, out=out)

    @in_single
    def avg_pool2d_backward(self, g, size, stride, padding, shape, out=None):
        """g (N, C, OH, OW) spread evenly over its windows -> shape (N, C, H, W): the adjoint of avg_pool2d."""
        n, c, h, width = shape
        ph, pw = padding
        share = self.mul(g, 1 / (size[0] * size[1]))
        if self._few_windows(shape, size, stride, padding):
            gx = self.xp.zeros(shape, g.dtype)
            for window, (rows, columns), _ in self._windows_in_turn(shape, size, stride, padding):
                piece = gx[:, :, rows, columns]
                self.add(piece, share[window][:, :, None, None], out=piece)
            return self._give(gx, out)
        gx = self.xp.zeros((n, c, h + 2 * ph, width + 2 * pw), g.dtype)
        for _, piece in self._window_pieces(gx, size, stride, (0, 0), 0, g.shape):
            self.add(piece, share, out=piece)
        return self._give(gx[:, :, ph:ph + h, pw:pw + width], out)

    def _few_windows(self, shape, size, stride, padding):
        windows = math.prod(_pooled_sides(shape, size, stride, padding))
        return windows < size[0] * size[1] > 256 and math.prod(shape) > 0

    def _window_pieces(self, x, size, stride, padding, fill, shape=None):
        """For each place of the window: (place, the (N, C, OH, OW) view of x that stands there in every window)."""
        (kh, kw), (sh, sw), (ph, pw) = size, stride, padding
        if ph or pw:
            x = self.xp.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=fill)
        oh, ow = shape[2:] if shape else ((x.shape[2] - kh) // sh + 1, (x.shape[3] - kw) // sw + 1)
        for i in range(kh):
            for j in range(kw):
                yield i * kw + j, x[:, :, i:i + sh * (oh - 1) + 1:sh, j:j + sw * (ow - 1) + 1:sw]

    def _windows_in_turn(self, shape, size, stride, padding):
        """For each window: (its element of y, its rows and columns inside the image, the first of them in the window)."""
        oh, ow = _pooled_sides(shape, size, stride, padding)
        for a in range(oh):
            for b in range(ow):
                start = a * stride[0] - padding[0], b * stride[1] - padding[1]
                first = max(start[0], 0), max(start[1], 0)
                inside = tuple(slice(first[i], min(start[i] + size[i], shape[2 + i])) for i in range(2))
                yield (slice(None), slice(None), a, b), inside, (first[0] - start[0], first[1] - start[1])

    def _winners(self, index, shape, size, stride, padding):
        """(the place of each winner in its image, numbered in C order; whether it is inside window and image)."""
        index = index.astype(self.xp.int64)
        rows = index // size[1] + (self.xp.arange(index.shape[2]) * stride[0] - padding[0])[:, None]
        columns = index % size[1] + (self.xp.arange(index.shape[3]) * stride[1] - padding[1])
        inside = ((index >= 0) & (index < size[0] * size[1]) & (rows >= 0) & (rows < shape[2]) & (columns >= 0)
                  & (columns < shape[3]))
        return self.xp.where(inside, rows * shape[3] + columns, 0), inside

    def _first_inside(self, x_shape, y_shape, size, stride, padding):
        rows = self.xp.maximum(padding[0] - self.xp.arange(y_shape[2]) * stride[0], 0)
        columns = self.xp.maximum(padding[1] - self.xp.arange(y_shape[3]) * stride[1], 0)
        return rows[:, None] * size[1] + columns


def _flat_images(x):
    return x.reshape(*x.shape[:2], x.shape[2] * x.shape[3])


def _pooled_sides(shape, size, stride, padding):
    return tuple((shape[2 + i] + 2 * padding[i] - size[i]) // stride[i] + 1 for i in range(2))


def _lowest(xp, dtype):
    """The smallest number of the dtype: -inf, False or an integer."""
    return -math.inf if dtype.kind == "f" else False if dtype.kind == "b" else xp.iinfo(dtype).min


def _index_dtype(xp, size):
    return xp.uint8 if size[0] * size[1] <= 256 else xp.int32 if size[0] * size[1] < 2**31 else xp.int64
