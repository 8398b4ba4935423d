"""Comparisons: boolean arrays."""


class Compare:
    """a and b broadcast; either may be a Python number."""

    def greater(self, a, b, out=None):
        return self.xp.asarray(self.xp.greater(a, b, out=out))

    def greater_equal(self, a, b, out=None):
        return self.xp.asarray(self.xp.greater_equal(a, b, out=out))

    def less(self, a, b, out=None):
        return self.xp.asarray(self.xp.less(a, b, out=out))

    def less_equal(self, a, b, out=None):
        return self.xp.asarray(self.xp.less_equal(a, b, out=out))

    def equal(self, a, b, out=None):
        return self.xp.asarray(self.xp.equal(a, b, out=out))

    def not_equal(self, a, b, out=None):
        return self.xp.asarray(self.xp.not_equal(a, b, out=out))
