"""Boxes of images filled, images mixed, colours changed.

images (B, C, H, W), uint8 or floats. Of bytes all arithmetic is of integers: every table gives the same.
"""

ONE = 65536                         # a factor of 1
GREY = 19595, 38470, 7471           # Pillow's red, green and blue, of which grey is made, in 1/65536
ORDERS = (0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)


class Blend:
    """What transforms ask of a table where one image is mixed with another, or with a colour."""

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

    def mix_batch(self, images, others, factors, out=None):
        """images F + others (1 - F), image by image. others like images; factors int64 (B,), F in 1/65536, from 0 to 65536.

        uint8 is rounded; a weight of 0 picks nothing.
        """
        xp, factor = self.xp, factors.reshape(-1, 1, 1, 1)
        if images.dtype.kind == "u":
            mixed = (images * factor + others * (ONE - factor) + ONE // 2) >> 16
        else:
            share, rest = ((f * (1 / ONE)).astype(images.dtype) for f in (factor, ONE - factor))
            mixed = xp.where(factor == 0, 0, images * share) + xp.where(factor == ONE, 0, others * rest)
        return self._give(mixed.astype(images.dtype), out)


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
