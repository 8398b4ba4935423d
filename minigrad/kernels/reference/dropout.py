"""Dropout: a mask that depends on the key and the element's place only, so nothing need be kept for backward."""

import math

from minigrad.kernels import philox


class Dropout:
    """Masks, and the keys that they are drawn from."""

    def next_key(self, state, out=None):
        """state (2,) uint64 = [seed, counter] -> a copy; the counter counts up in place. No two threads get one key."""
        one = self.xp.uint64(1)
        n = state[1] * one          # a number of its own: elsewhere state[1] is a view of what is about to change
        state[1] = n + one          # no call stands between reading and writing: the interpreter turns to others at calls only
        return self._give(self.xp.array([state[0], n]), out)

    def dropout(self, x, p, key, out=None):
        """x / (1 - p) where kept (with probability 1 - p), else 0. Linear and self-adjoint for a given key.

        Element i, counted with axis 1 (channels) moved last, is kept if philox(key, i) >= p 2^32.
        """
        shape = x.shape if len(x.shape) < 3 else (x.shape[0], *x.shape[2:], x.shape[1])
        kept = philox.uint32(self.xp, key, math.prod(shape)).reshape(shape) >= philox.threshold(p)
        if len(shape) > 2:
            kept = self.xp.moveaxis(kept, -1, 1)
        scaled = self.mul(x, 1 / (1 - p) if p < 1 else 0)
        return self._give(self.xp.where(kept, scaled, 0).astype(x.dtype), out)
