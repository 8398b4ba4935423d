"""What gradients are held to before a step: the norm of all of them, and the size of each number."""

from minigrad.kernels.halves import single


class Clip:
    """Over lists of arrays, in place; nothing is read back."""

    def norm_of_all(self, arrays, order):
        """The norm of all the numbers in a list of arrays, as if they were one vector: 0-d, halves summed in float32.

        order: a number > 0, or inf.
        """
        with self._quiet():
            sizes = [self.xp.abs(single(a)) for a in arrays]
            if order == float("inf"):
                found = [a.max() for a in sizes if a.size] or [self.xp.zeros((), sizes[0].dtype)]
                return self.xp.asarray(self.xp.stack(found).max())
            powers = [a if order == 1 else a * a if order == 2 else a**order for a in sizes]
            total = self.xp.stack([p.sum() for p in powers]).sum()
            return self.xp.asarray(total if order == 1 else self.xp.sqrt(total) if order == 2 else total ** (1 / order))

    def scale_to_norm(self, arrays, norm, largest):
        """Multiply every array, in place, by min(1, largest / (norm + 1e-6)); norm is a 0-d buffer."""
        with self._quiet():
            factor = self.xp.minimum(largest / (norm + 1e-6), 1.0)
            self._write([(a, single(a) * self._as(factor, single(a))) for a in arrays])

    def clip_all(self, arrays, bound):
        """Put every number of the arrays between -bound and bound, in place."""
        self._write([(a, self.xp.clip(a, -bound, bound)) for a in arrays])
