"""Optimiser steps: parameters and moments are lists of arrays, written in place; lr and step are 0-d buffers.

Results below the smallest normal number are written as zero: denormals would slow every later step. All is checked, and then
computed, before anything is written: a step that fails changes nothing.
"""

import numpy

from minigrad.kernels.halves import single


class Optim:
    """One call steps all parameters."""

    def sgd_step(self, params, grads, velocities, lr, momentum, weight_decay, nesterov, keras):
        """p -= lr v, v = momentum v + (g + weight_decay p) (PyTorch's form); p += v, v = momentum v - lr g (Keras's).

        velocities is None without momentum. With nesterov the step looks ahead: g + momentum v, momentum v - lr g.
        """
        self.check_step("sgd_step", params, grads, *([] if velocities is None else [velocities]))
        new = []
        for i, (p, g) in enumerate(zip(params, grads, strict=True)):
            w, g = single(p), single(g)
            rate = lr.astype(w.dtype)
            if weight_decay:
                g = g + weight_decay * w
            if velocities is None:
                new.append((p, w - rate * g))
            elif keras:
                v = momentum * velocities[i] - rate * g
                new += [(velocities[i], v), (p, w + (momentum * v - rate * g if nesterov else v))]
            else:
                v = momentum * velocities[i] + g
                new += [(velocities[i], v), (p, w - rate * (g + momentum * v if nesterov else v))]
        self._write([(a, self._flushed(values)) for a, values in new])

    def adam_step(self, params, grads, means, squares, step, lr, beta1, beta2, eps, weight_decay, decoupled):
        """Kingma & Ba 2015: p -= lr mhat / (sqrt(vhat) + eps). step (int64) counts up first; decoupled: AdamW's."""
        self.check_step("adam_step", params, grads, means, squares)
        # numpy's own power is a unit in the last place off at times, so the host's memory is read; no other device waits
        t = (int(step) if self.xp is numpy else step) + 1
        left1, left2 = 1 - beta1**t, 1 - beta2**t
        new = []
        for p, g, m, v in zip(params, grads, means, squares, strict=True):
            start, g = single(p), single(g)
            rate = lr.astype(start.dtype)
            if weight_decay and decoupled:
                start = start * (1 - rate * weight_decay)
            elif weight_decay:
                g = g + weight_decay * start
            mean = self._flushed(m * beta1 + (1 - beta1) * g)
            square = self._flushed(v * beta2 + (1 - beta2) * g * g)
            mean_hat, square_hat = (a / self.xp.asarray(left, a.dtype) for a, left in ((mean, left1), (square, left2)))
            change = rate * mean_hat / (self.xp.sqrt(square_hat) + eps)
            new += [(m, mean), (v, square), (p, self._flushed(start - change))]
        self._write([*new, (step, t)])

    def check_step(self, op, params, grads, *states):
        """ValueError unless a step can write all of these arrays: `op` begins the message, states are lists too."""
        for i, (p, g, *state) in enumerate(zip(params, grads, *states, strict=True)):
            for what, a in (("parameter", p), *(("state of parameter", s) for s in state)):
                if not getattr(a.flags, "writeable", True):
                    raise ValueError(f"[{op}] the array of {what} {i} {p.shape} is read-only, so no parameter was stepped: "
                                     "give it an array that can be written")
                if a.shape != p.shape:
                    raise ValueError(f"[{op}] the {what} {i} has shape {a.shape}, but the parameter {p.shape}")
            if g.shape != p.shape:
                raise ValueError(f"[{op}] the gradient of parameter {i} {p.shape} has shape {g.shape}")

    def _flushed(self, a):
        return self.xp.where(self.xp.abs(a) < self.xp.finfo(a.dtype).tiny, self.xp.zeros((), a.dtype), a)

    def _write(self, new):
        """Write (array, values) pairs, all of them: Ctrl-C in the middle takes effect after the last."""
        try:
            for a, values in new:
                a[...] = values
        except BaseException:
            for a, values in new:
                a[...] = values
            raise
