"""Orders along one axis: NaN stands last, and equal numbers stay in their order."""


class Sort:
    """Sorted numbers, and where they stand."""

    def sort(self, a, axis, out=None):
        """In ascending order."""
        return self._give(self.xp.sort(a, axis=axis), out)

    def argsort(self, a, axis, out=None):
        """int64: where the numbers in ascending order stand, the first of equals first."""
        return self._give(self.xp.argsort(a, axis=axis, kind="stable"), out)

    def topk(self, a, n, axis, largest=True):
        """(values, places) of the n largest, the largest first, or of the n smallest; the first of equals first."""
        size, first = a.shape[axis], (slice(None),) * axis
        if largest:             # from the end of the order of the reversed array, so that the first of equals comes first
            index = size - 1 - self.xp.flip(self.argsort(self.xp.flip(a, axis), axis), axis)
        else:
            index = self.argsort(a, axis)
        index = self.xp.asarray(index[(*first, slice(0, n))])
        return self.take_along(a, index, axis), index

    def searchsorted(self, a, v, side="left", out=None):
        """int64: before which places of the sorted a (N) the numbers v belong; side: of equal ones, "left" or "right"."""
        return self._give(self.xp.searchsorted(a, v, side=side), out)

    def unique_places(self, a):
        """Of the different numbers in a (N), in ascending order: where each stands first, which of them each number of a is,
        and how often each is there. All int64; their shapes depend on data."""
        return self.xp.unique(a, return_index=True, return_inverse=True, return_counts=True)[1:]
