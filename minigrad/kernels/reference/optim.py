"""Optimiser steps: SGD and Adam's family here, the others in adaptive.py.

Parameters, gradients and moments are lists of arrays, the first and the last written in place; lr, step and what else is
counted are 0-d buffers. Results below the smallest normal number are written as zero: denormals would slow every later step.
All is checked, and then computed, before anything is written: a step that fails changes nothing.
"""

import numpy

from minigrad.kernels.halves import single


class Optim:
    """One call steps all parameters. In every one of these kernels weight_decay p is added to the gradient, unless the decay
    is decoupled: then p shrinks by lr weight_decay p. maximize: the gradient's sign is turned first."""

    def sgd_step(self, params, grads, velocities, lr, momentum, weight_decay, nesterov, keras, dampening=0, decay=0,
                 maximize=False, step=None):
        """p -= lr v, v = momentum v + (1 - dampening) g (PyTorch's form); p += v, v = momentum v - lr g (Keras's).

        velocities is None without momentum. With nesterov the step looks ahead: g + momentum v, momentum v - lr g. The
        first velocity is g, undampened. decay: lr / (1 + decay t) at the t-th step, from 0. step counts up; without it every
        step is a first one.
        """
        t = 0 if step is None else self._number(step)
        rate, share = self._number(lr) / (1 + decay * t), 1.0 - dampening * (t > 0)

        def update(w, g, v):
            r, part = self._as(rate, w), self._as(share, w)
            if v is None:
                return (w - r * g,)
            if keras:
                v = momentum * v - r * g
                return w + (momentum * v - r * g if nesterov else v), self._flushed(v)
            v = momentum * v + part * g
            return w - r * (g + momentum * v if nesterov else v), self._flushed(v)

        new = self._stepped("sgd_step", params, grads, [velocities], weight_decay, maximize, update)
        self._write(new if step is None else [*new, (step, t + 1)])

    def adam_step(self, params, grads, means, squares, step, lr, beta1, beta2, eps, weight_decay, decoupled, largest=None,
                  maximize=False):
        """Kingma & Ba 2015: p -= lr mhat / (sqrt(vhat) + eps). step (int64) counts up first; decoupled: AdamW's.

        largest: AMSGrad's (Reddi et al. 2018): the largest squares so far, which stand in the place of the squares.
        """
        t = self._number(step) + 1
        rate, left1, left2 = self._number(lr), 1 - beta1**t, 1 - beta2**t

        def update(w, g, m, v, most):
            w = self._shrunk(w, rate, weight_decay, decoupled)
            m, v = self._moments(g, m, v, beta1, beta2)
            most = None if most is None else self.xp.maximum(most, v)
            hat = (v if most is None else most) / self._as(left2, w)
            change = self._as(rate, w) * (m / self._as(left1, w)) / (self.xp.sqrt(hat) + eps)
            return w - change, m, v, most

        new = self._stepped("adam_step", params, grads, [means, squares, largest], 0 if decoupled else weight_decay, maximize,
                            update)
        self._write([*new, (step, t)])

    def nadam_step(self, params, grads, means, squares, step, product, lr, beta1, beta2, eps, weight_decay, momentum_decay,
                   decoupled, maximize):
        """Dozat 2016: Adam that looks ahead. mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2), product = mu_1 ... mu_t (float64),

        p -= lr ((1 - mu_t) / (1 - product_t) g + mu_t+1 / (1 - product_t+1) m) / (sqrt(vhat) + eps).
        """
        t = self._number(step) + 1
        mu, following = (beta1 * (1 - 0.5 * 0.96 ** (i * momentum_decay)) for i in (t, t + 1))
        rate, left2, so_far = self._number(lr), 1 - beta2**t, self._number(product) * mu
        of_g, of_m = rate * (1 - mu) / (1 - so_far), rate * following / (1 - so_far * following)

        def update(w, g, m, v):
            w = self._shrunk(w, rate, weight_decay, decoupled)
            m, v = self._moments(g, m, v, beta1, beta2)
            root = self.xp.sqrt(v / self._as(left2, w)) + eps
            return w - (self._as(of_g, w) * g + self._as(of_m, w) * m) / root, m, v

        new = self._stepped("nadam_step", params, grads, [means, squares], 0 if decoupled else weight_decay, maximize, update)
        self._write([*new, (step, t), (product, so_far)])

    def radam_step(self, params, grads, means, squares, step, lr, beta1, beta2, eps, weight_decay, decoupled, maximize):
        """Liu et al. 2020: Adam whose adaptive part waits until the variance of 1 / sqrt(v) is known. With the length
        rho = rho_inf - 2 t beta2^t / (1 - beta2^t) of the running mean, rho_inf = 2 / (1 - beta2) - 1: up to rho = 5
        p -= lr mhat, then p -= lr mhat r sqrt(1 - beta2^t) / (sqrt(v) + eps),
        r^2 = (rho - 4) (rho - 2) rho_inf / ((rho_inf - 4) (rho_inf - 2) rho).
        """
        t = self._number(step) + 1
        rate, left1, left2 = self._number(lr), 1 - beta1**t, 1 - beta2**t
        longest = 2 / (1 - beta2) - 1
        length = longest - 2 * t * beta2**t / left2
        known = length > 5                                      # never where longest <= 5
        some, most = self.xp.where(known, length, 6.0), max(longest, 6.0)
        factor = ((some - 4) * (some - 2) * most / ((most - 4) * (most - 2) * some) * left2) ** 0.5

        def update(w, g, m, v):
            w = self._shrunk(w, rate, weight_decay, decoupled)
            m, v = self._moments(g, m, v, beta1, beta2)
            adapted = self.xp.where(known, self._as(factor, w) / (self.xp.sqrt(v) + eps), self._as(1.0, w))
            return w - self._as(rate / left1, w) * m * adapted, m, v

        new = self._stepped("radam_step", params, grads, [means, squares], 0 if decoupled else weight_decay, maximize, update)
        self._write([*new, (step, t)])

    def adamax_step(self, params, grads, means, norms, step, lr, beta1, beta2, eps, weight_decay, maximize):
        """Kingma & Ba 2015, section 7: p -= lr mhat / u with u = max(beta2 u, |g| + eps), the norms."""
        t = self._number(step) + 1
        rate = self._number(lr) / (1 - beta1**t)

        def update(w, g, m, u):
            m = self._flushed(beta1 * m + (1 - beta1) * g)
            u = self._flushed(self.xp.maximum(beta2 * u, abs(g) + eps))
            return w - self._as(rate, w) * m / u, m, u

        new = self._stepped("adamax_step", params, grads, [means, norms], weight_decay, maximize, update)
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

    # ---- what the steps share

    def _stepped(self, op, params, grads, states, weight_decay, maximize, update):
        """The (array, values) pairs of a step, by update(w, g, *state) -> (the new parameter, *its new states).

        w and g: halves in float32, g with its sign and its decay. states: lists of arrays, or None for one that there is not,
        which update is given as None.
        """
        self.check_step(op, params, grads, *(s for s in states if s is not None))
        new = []
        with self._quiet():
            for i, (p, g) in enumerate(zip(params, grads, strict=True)):
                w, g = single(p), single(g)
                g = -g if maximize else g
                if weight_decay:
                    g = g + weight_decay * w
                state = [None if s is None else s[i] for s in states]
                stepped, *after = update(w, g, *state)
                new += [(a, values) for a, values in zip(state, after, strict=False) if a is not None]
                new.append((p, self._flushed(stepped)))
        return new

    def _number(self, a):
        """The number in a 0-d buffer. Only the host's memory is read (numpy's own power is a unit in the last place off at
        times, Python's is C's); on another device it stays where it is, and nobody waits."""
        return a.item() if self.xp is numpy else a

    def _as(self, number, w):
        """What was computed of `_number`s, in the dtype of w."""
        return number.astype(w.dtype) if hasattr(number, "astype") else number

    def _shrunk(self, w, rate, weight_decay, decoupled):
        return w * self._as(1 - rate * weight_decay, w) if weight_decay and decoupled else w

    def _moments(self, g, m, v, beta1, beta2):
        """Adam's running means of g and of g^2."""
        return self._flushed(m * beta1 + (1 - beta1) * g), self._flushed(v * beta2 + (1 - beta2) * g * g)

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
