"""The losses, what they know of classes, and how many rows are right."""

import math

from minigrad.kernels.halves import in_single


class Loss:
    """Cross-entropy and the mean squared error, fused from logits to the loss."""

    def one_hot(self, target, classes, dtype, out=None):
        """target (N,) integers -> (N, classes), 1 at the class and 0 elsewhere."""
        return self._give((target[:, None] == self.xp.arange(classes)).astype(dtype), out)

    def check_classes(self, target, classes, op="cross_entropy"):
        """Raise ValueError, in the name of an operation, unless every target is an integer class 0 .. classes - 1.

        It reads an array. A device that would have to wait for that notes what is wrong and raises when one is next read
        (`to_numpy`), as the loss is sooner or later.
        """
        wrong = (target < 0) | (target >= classes)
        if wrong.any():
            row = int(self.xp.argmax(wrong))
            raise bad_class(int(target[row]), row, classes, op)

    @in_single(results=1)
    def cross_entropy(self, z, target, reduction, out=None):
        """-sum_j t_j log softmax(z)_j of each row -> (its mean, sum or, for "none", the rows (N,), aux).

        z (N, C); target: classes (N,) int64, or dense (N, C) weights t. Raises ValueError for a class outside 0..C-1.
        """
        logp = self.log_softmax(z, 1)
        if len(target.shape) == 1:      # picked out, not multiplied: a logit of -inf elsewhere in the row does no harm
            self.check_classes(target, z.shape[1])
            rows = self.neg(self.sum(self.take_along(logp, self.reshape(target, (-1, 1)), 1), 1))
        else:
            rows = self.neg(self.sum(self.pick_mul(target, logp), 1))
        if reduction == "none":
            return (rows if out is None else self.copy(rows, out=out)), None
        return (self.mean(rows, out=out) if reduction == "mean" else self.sum(rows, out=out)), None

    @in_single
    def cross_entropy_backward(self, g, z, target, aux, reduction, out=None):
        """gz = (softmax(z) sum_j t_j - t) g, over N for "mean". g is 0-d, or (N,) for "none"."""
        t = self._dense(target, z)
        gz = self.sub(self.pick_mul(self.sum(t, 1, True), self.softmax(z, 1)), t)
        return self.pick_mul(self._row_gradient(g, z, reduction), gz, out=out)

    @in_single
    def cross_entropy_target_grad(self, g, z, reduction, out=None):
        """The gradient of cross_entropy in dense targets: -log_softmax(z) g, over N for "mean"."""
        return self.neg(self.pick_mul(self._row_gradient(g, z, reduction), self.log_softmax(z, 1)), out=out)

    def _row_gradient(self, g, z, reduction):
        if reduction == "none":
            return self.reshape(g, (z.shape[0], 1))
        return self.mul(g, 1 / max(z.shape[0], 1)) if reduction == "mean" else g

    def _dense(self, target, z):
        return self.one_hot(target, z.shape[1], z.dtype) if len(target.shape) == 1 else target

    @in_single
    def mse(self, a, b, reduction, out=None):
        """(a - b)^2, its mean (over every element), sum, or itself ("none"). a and b have one shape."""
        d = self.sub(a, b)
        if reduction == "none":
            return self.mul(d, d, out=out)
        return self.mean(self.mul(d, d), out=out) if reduction == "mean" else self.sum(self.mul(d, d), out=out)

    @in_single
    def mse_backward(self, g, a, b, reduction, out=None):
        """ga = 2 (a - b) g, over the number of elements for "mean"; gb = -ga."""
        scale = 2 / max(math.prod(a.shape), 1) if reduction == "mean" else 2
        return self.pick_mul(g, self.mul(self.sub(a, b), scale), out=out)

    def count_correct(self, z, target, out=None):
        """How many rows of z (N, C) have their largest entry at the target, classes (N,) or dense (N, C): 0-d int64."""
        target = target if len(target.shape) == 1 else self.argmax(target, 1)
        return self._give((self.argmax(z, 1) == target).sum(), out)


def bad_class(found, row, classes, op="cross_entropy"):
    """The error for a target that is no class."""
    hint = " (classes count from 0: subtract 1?)" if found == classes else ""
    return ValueError(f"[{op}] target {found} at row {row} is not a class: expected 0..{classes - 1}, "
                      f"for logits with {classes} columns{hint}")
