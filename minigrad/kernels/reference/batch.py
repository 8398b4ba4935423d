"""Batches: rows of a data set, picked and scaled."""


class Batch:
    """What a loader asks of a table."""

    def rows(self, a, index, out=None):
        """a[index] along the first axis, in a's own dtype: fresh. index (B,) int64, each place within range."""
        return self._give(a.take(index, axis=0), out)

    def gather_batch(self, images, index, scale, shift, out=None):
        """images[index] * scale + shift in float32. images (N, C, ...) uint8 or float32, index (B,) int64;
        scale and shift (C,) float32, or (1,) for every channel alike."""
        batch = images[self._settled(index)].astype(self.xp.float32)
        per_channel = (-1,) + (1,) * (len(images.shape) - 2)
        return self._give(batch * scale.reshape(per_channel) + shift.reshape(per_channel), out)
