"""Images turned, moved and scaled, and given another size. images (B, C, H, W)."""


class Warp:
    """What transforms ask of a table where pixels fall between pixels."""

    def affine_batch(self, images, matrices, fill, out=None):
        """Each image seen through a matrix: (B, C, H, W). matrices int64 (B, 6), in 1/65536 of a pixel.

        Pixel (row i, column j) is what lies at column m0 j + m1 i + m2 and row m3 j + m4 i + m5 of the image: its four
        neighbours weighted by how near they are, in 1/256 along each side. Outside lies the number `fill`; a weight of 0 picks
        nothing.
        """
        xp, (b, c, h, w) = self.xp, images.shape
        m = matrices[:, :, None, None]
        i, j = xp.arange(h)[:, None], xp.arange(w)
        x, y = m[:, 0] * j + m[:, 1] * i + m[:, 2], m[:, 3] * j + m[:, 4] * i + m[:, 5]
        wx, wy = (x >> 8) & 255, (y >> 8) & 255
        x, y = x >> 16, y >> 16
        whole = images.dtype.kind == "u"
        sample, channel, total = xp.arange(b)[:, None, None, None], xp.arange(c)[:, None, None], 32768 if whole else 0
        for down in (0, 1):
            for right in (0, 1):
                row, column = y + down, x + right
                inside = (row >= 0) & (row < h) & (column >= 0) & (column < w)
                picked = images[sample, channel, xp.clip(row, 0, h - 1)[:, None], xp.clip(column, 0, w - 1)[:, None]]
                picked = xp.where(inside[:, None], picked, xp.asarray(fill).astype(images.dtype))
                weight = ((wy if down else 256 - wy) * (wx if right else 256 - wx))[:, None]
                if whole:
                    total = total + weight * picked
                else:
                    total = total + xp.where(weight == 0, 0, (weight * (1 / 65536)).astype(images.dtype) * picked)
        return self._give((total >> 16 if whole else total).astype(images.dtype), out)

    def resize_batch(self, images, rows, columns, scale, shift, out=None):
        """uint8 images of another size: (B, C, OH, OW), rounded. rows (start int64 (OH,), weight int32 (OH, K)), and columns:
        each new place is a sum of the K old ones from start on, with weights in 1/16384 whose sum is 1.

        scale and shift float32 (C,) or (1,): v * scale + shift of the rounded numbers, in float32; None: uint8.
        """
        wide = (self._weighed(images.astype(self.xp.int64), columns, 3) + 128) >> 8
        made = (self._weighed(wide, rows, 2) + 2**19) >> 20
        if scale is not None:
            made = made.astype(self.xp.float32) * scale.reshape(-1, 1, 1) + shift.reshape(-1, 1, 1)
        return self._give(made if scale is not None else made.astype(images.dtype), out)

    def _weighed(self, a, taps, axis):
        start, weight = taps
        along = (-1,) + (1,) * (3 - axis)
        start = self.xp.clip(start, 0, a.shape[axis] - weight.shape[1])
        total = 0
        for k in range(weight.shape[1]):
            total = total + self.xp.take(a, start + k, axis) * weight[:, k].reshape(along)
        return total
