"""Windows of batches of images (B, C, H, W), uint8 or floats, and the random words that choose them."""

from minigrad.kernels import philox


class Augment:
    """What transforms ask of a table. No two arguments share memory with a result."""

    def sample_words(self, index, key, count, out=None):
        """The first `count` random words of each sample: uint32 (B, count). index int64 (B,), key uint64 [seed, stream].

        count is at most 2^26, and index below 2^40: no two samples share a word.
        """
        return self._give(philox.of_samples(self.xp, index, key, count), out)

    def crop_batch(self, images, places, size, reflect, fill, scale, shift, out=None):
        """Windows of images, from within and from without: (B, C, *size).

        places int64 (B, 3): the row and the column of the window's corner, and whether it is mirrored from left to right.
        What lies outside is the image in mirrors at its outermost pixels (`reflect`), or the number `fill`. scale and shift
        float32 (C,) or (1,): v * scale + shift, in float32; None: the numbers as they are, in the dtype of the images.
        """
        xp, (b, c, h, w) = self.xp, images.shape
        i, j = xp.arange(size[0]), xp.arange(size[1])
        rows = places[:, :1] + i
        columns = places[:, 1:2] + xp.where(places[:, 2:] != 0, size[1] - 1 - j, j)
        sample, channel = xp.arange(b)[:, None, None, None], xp.arange(c)[:, None, None]
        found = images[sample, channel, _mirrored(xp, rows, h)[:, None, :, None], _mirrored(xp, columns, w)[:, None, None, :]]
        if not reflect:
            inside = ((rows >= 0) & (rows < h))[:, None, :, None] & ((columns >= 0) & (columns < w))[:, None, None, :]
            found = xp.where(inside, found, xp.asarray(fill).astype(images.dtype))
        if scale is not None:
            found = found.astype(xp.float32) * scale.reshape(-1, 1, 1) + shift.reshape(-1, 1, 1)
        return self._give(found, out)


def _mirrored(xp, v, n):
    """The places among 0 .. n - 1 that v are the mirror images of."""
    period = max(2 * n - 2, 1)
    v = v % period
    return xp.minimum(v, period - v) if n > 1 else xp.zeros_like(v)
