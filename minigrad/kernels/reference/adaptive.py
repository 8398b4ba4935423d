"""More optimiser steps: those that scale each coordinate by what its gradients were, those that look at signs, Muon's, and
running means of weights. What holds of all of them stands in optim.py."""



class Adaptive:
    """One call steps all parameters."""

    def rmsprop_step(self, params, grads, squares, means, velocities, lr, alpha, eps, weight_decay, momentum, maximize):
        """Hinton 2012, lecture 6e: p -= lr g / (sqrt(s) + eps), s the running mean of g^2.

        means: of g, or None; with them s is centered (Graves 2013), s - m^2, at least 0. velocities: or None; with them
        p -= lr v, v = momentum v + g / (sqrt(s) + eps).
        """
        rate = self._number(lr)

        def update(w, g, s, m, v):
            s = spread = self._flushed(alpha * s + (1 - alpha) * g * g)
            if m is not None:
                m = self._flushed(alpha * m + (1 - alpha) * g)
                spread = self.xp.maximum(s - m * m, self._as(0.0, s))
            d = g / (self.xp.sqrt(spread) + eps)
            if v is None:
                return w - self._as(rate, w) * d, s, m
            v = self._flushed(momentum * v + d)
            return w - self._as(rate, w) * v, s, m, v

        self._write(self._stepped("rmsprop_step", params, grads, [squares, means, velocities], weight_decay, maximize, update))

    def adagrad_step(self, params, grads, sums, step, lr, lr_decay, eps, weight_decay, maximize):
        """Duchi et al. 2011: p -= lr / (1 + (t - 1) lr_decay) g / (sqrt(s) + eps), s the sum of all g^2."""
        t = self._number(step) + 1
        rate = self._number(lr) / (1 + (t - 1) * lr_decay)

        def update(w, g, s):
            s = self._flushed(s + g * g)
            return w - self._as(rate, w) * g / (self.xp.sqrt(s) + eps), s

        self._write([*self._stepped("adagrad_step", params, grads, [sums], weight_decay, maximize, update), (step, t)])

    def adadelta_step(self, params, grads, squares, changes, lr, rho, eps, weight_decay, maximize):
        """Zeiler 2012: p -= lr d, d = sqrt(u + eps) / sqrt(s + eps) g; s and u are running means of g^2 and of d^2."""
        rate = self._number(lr)

        def update(w, g, s, u):
            s = self._flushed(rho * s + (1 - rho) * g * g)
            d = self.xp.sqrt(u + eps) / self.xp.sqrt(s + eps) * g
            return w - self._as(rate, w) * d, s, self._flushed(rho * u + (1 - rho) * d * d)

        self._write(self._stepped("adadelta_step", params, grads, [squares, changes], weight_decay, maximize, update))

    def lion_step(self, params, grads, means, lr, beta1, beta2, weight_decay, maximize):
        """Chen et al. 2023: p -= lr (sign(beta1 m + (1 - beta1) g) + weight_decay p), then m = beta2 m + (1 - beta2) g."""
        rate = self._number(lr)

        def update(w, g, m):
            way = self.xp.sign(beta1 * m + (1 - beta1) * g)
            w = self._shrunk(w, rate, weight_decay, True)
            return w - self._as(rate, w) * way, self._flushed(beta2 * m + (1 - beta2) * g)

        self._write(self._stepped("lion_step", params, grads, [means], 0, maximize, update))

    def rprop_step(self, params, grads, before, sizes, step, lr, shrink, grow, smallest, largest, maximize):
        """Riedmiller & Braun 1993: p -= size sign(g). A coordinate's size, lr at first, grows while the sign of g stays;
        where it turned the size shrinks, and the coordinate waits (its g counts as 0)."""
        t = self._number(step) + 1
        start = self._number(lr)

        def update(w, g, last, size):
            size = self.xp.where(t == 1, self._as(start, w), size)
            same = g * last
            factor = self.xp.where(same > 0, grow, self.xp.where(same < 0, shrink, 1.0))
            size = self.xp.clip(size * factor.astype(w.dtype), smallest, largest)
            g = self.xp.where(same < 0, self._as(0.0, w), g)
            return w - self.xp.sign(g) * size, self._flushed(g), self._flushed(size)

        self._write([*self._stepped("rprop_step", params, grads, [before, sizes], 0, maximize, update), (step, t)])

    def asgd_step(self, params, grads, averages, step, eta, lr, lambd, alpha, t0, weight_decay, maximize):
        """Polyak & Juditsky 1992: p = (1 - lambd eta) p - eta g, and from step t0 on the averages are the means of p.

        eta: lr at first, then lr / (1 + lambd lr t)^alpha, in a buffer (float64), as a step uses the one that the step before
        it made.
        """
        t = self._number(step) + 1
        rate = self._number(lr)
        size = self.xp.where(t == 1, rate, self._number(eta))
        share = 1 / self.xp.maximum(1.0, t - 1 - t0)

        def update(w, g, mean):
            w = w * self._as(1 - lambd * size, w) - self._as(size, w) * g
            return w, self._flushed(self.xp.where(share == 1, w, mean + (w - mean) * self._as(share, w)))

        new = self._stepped("asgd_step", params, grads, [averages], weight_decay, maximize, update)
        self._write([*new, (step, t), (eta, rate / (1 + lambd * rate * t) ** alpha)])

    def muon_step(self, params, grads, velocities, lr, momentum, weight_decay, nesterov, coefficients, eps, rounds, scales,
                  maximize):
        """Jordan et al. 2024: p -= lr (scale O + weight_decay p), O the orthogonalised v = momentum v + (1 - momentum) g, or,
        with nesterov, that of g + momentum (v - g).

        Parameters of more than two axes are matrices (A, the rest). scales: a number for each. O: `rounds` of Newton and
        Schulz, X = a X + (b M + c M M) X with M = X X^T, from X / |X|; its singular values come near 1.
        """
        rate, left = self._number(lr), list(scales)

        def update(w, g, v):
            v = self._flushed(v + (1 - momentum) * (g - v))
            o = self._orthogonal(g + momentum * (v - g) if nesterov else v, coefficients, eps, rounds)
            return self._shrunk(w, rate, weight_decay, True) - self._as(rate * left.pop(0), w) * o, v

        self._write(self._stepped("muon_step", params, grads, [velocities], 0, maximize, update))

    def _orthogonal(self, g, coefficients, eps, rounds):
        a, b, c = coefficients
        x = g.reshape(g.shape[0], -1)
        turned = x.shape[0] > x.shape[1]
        x = x.T if turned else x
        x = x / self.xp.maximum(self.xp.sqrt((x * x).sum()), eps)
        for _ in range(rounds):
            m = self.matmul(x, x.T)
            x = a * x + self.matmul(b * m + c * self.matmul(m, m), x)
        return (x.T if turned else x).reshape(g.shape)

    def average_step(self, averages, params, count, decay=None):
        """The averages, in place: m + (p - m) / (count + 1), the mean so far, or, with decay, m + (1 - decay) (p - m).

        The first time, at count 0 (int64, counts up), they are the parameters.
        """
        n = self._number(count)
        share = 1 / (n + 1) if decay is None else 1 - decay

        def update(m, p):
            return (self.xp.where(n == 0, p, m + self._as(share, m) * (p - m)),)

        self._write([*self._stepped("average_step", averages, params, [], 0, False, update), (count, n + 1)])
