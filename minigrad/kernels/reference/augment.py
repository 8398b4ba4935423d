"""What is done to whole batches of images before a network sees them: windows, boxes, colours, and the words that choose them.

images (B, C, H, W), uint8 or floats. Of bytes all arithmetic is of integers: every table gives the same.
"""

from minigrad.kernels import philox

ONE = 65536                         # a factor of 1
GREY = 19595, 38470, 7471           # Pillow's red, green and blue, of which grey is made, in 1/65536
ORDERS = (0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)


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

    def paste_boxes(self, images, source, boxes, out=None):
        """The images, but of `source` within a box of each. source (C,), or (B, C, H, W), in the dtype of the images; boxes
        int64 (B, 4): the first row and column, and those after the last."""
        rows, columns = self.xp.arange(images.shape[2]), self.xp.arange(images.shape[3])
        top, left, bottom, right = (boxes[:, i:i + 1] for i in range(4))
        inside = ((rows >= top) & (rows < bottom))[:, None, :, None] & ((columns >= left) & (columns < right))[:, None, None, :]
        return self._give(self.xp.where(inside, source if len(source.shape) == 4 else source[:, None, None], images), out)

    def jitter_batch(self, images, factors, order, out=None):
        """Images (B, 1 or 3, H, W) with other brightness, contrast and saturation: blended with black, with their mean grey,
        and with their own grey. factors int64 (B, 3), each in 1/65536, at most 64; order int64 (B,), which of ORDERS.

        uint8, or floats from 0 to 1; what a step makes is held to those bounds, and of uint8 rounded.
        """
        xp, chosen = self.xp, self.xp.asarray(ORDERS)[order]
        x = images.astype(xp.int64) if images.dtype.kind == "u" else images
        for step in range(3):
            which = chosen[:, step].reshape(-1, 1, 1, 1)
            grey = _grey(x)
            blended = [_blend(xp, x, factors[:, i].reshape(-1, 1, 1, 1), other)
                       for i, other in enumerate((xp.zeros_like(grey), _mean(grey), grey))]
            x = xp.where(which == 0, blended[0], xp.where(which == 1, blended[1], blended[2]))
        return self._give(x.astype(images.dtype), out)


def _mirrored(xp, v, n):
    """The places among 0 .. n - 1 that v are the mirror images of."""
    period = max(2 * n - 2, 1)
    v = v % period
    return xp.minimum(v, period - v) if n > 1 else xp.zeros_like(v)


def _grey(x):
    if x.shape[1] == 1:
        return x
    red, green, blue = (x[:, i:i + 1] * weight for i, weight in enumerate(GREY))
    total = red + green + blue
    return (total + ONE // 2) >> 16 if x.dtype.kind == "i" else total * (1 / ONE)


def _mean(grey):
    if grey.dtype.kind != "i":
        return grey.mean((1, 2, 3), keepdims=True)
    n = grey.shape[2] * grey.shape[3]
    return (grey.sum((1, 2, 3), keepdims=True) + n // 2) // n


def _blend(xp, x, factor, other):
    """x factor + other (1 - factor), between black and white."""
    if x.dtype.kind == "i":
        return xp.clip((x * factor + other * (ONE - factor) + ONE // 2) >> 16, 0, 255)
    factor = (factor * (1 / ONE)).astype(x.dtype)
    return xp.clip(x * factor + other * (1 - factor), 0, 1)
