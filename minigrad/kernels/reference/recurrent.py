"""Recurrent layers, all their steps in one kernel: gates (T, N, G H) are what the inputs bring, h (N, H) the state before the
first step, w (G H, H) what the state is multiplied by; reverse: from the last step to the first.

Their forwards and backwards call only `self.<kernel>`. What lstm and gru keep for their backward (aux) is a cache: without it
the steps are computed again.
"""

from minigrad.kernels.halves import in_single


class Recurrent:
    """LSTM (Hochreiter & Schmidhuber 1997; Gers et al. 2000), GRU (Cho et al. 2014) and the plain network (Elman 1990)."""

    @in_single(results=2)
    def lstm(self, gates, h, c, w, reverse, out=None):
        """gates (T, N, 4H) in the order i, f, g, o; c (N, H) -> (y (T, N, H), the last c (N, H), aux). `out` is y's."""
        steps = self._lstm_steps(gates, h, c, w, reverse)
        return self._through_time([s[-2] for s in steps], reverse, out), steps[-1][-1], None

    @in_single
    def lstm_backward(self, gy, gc, gates, h, c, w, aux, reverse, out=None):
        """-> the gradients of gates, h, c and w, from those of y and of the last c. `out` is four, too."""
        to_gates, to_h, to_c, to_w = (None,) * 4 if out is None else out
        parts, befores, gh = [], [], None
        steps = self._lstm_steps(gates, h, c, w, reverse)
        for t, h_before, c_before, i, f, g, o, squashed, _, _ in reversed(steps):
            gy_t = self.getitem(gy, t)
            gh = gy_t if gh is None else self.add(gy_t, gh)
            gc = self.add(gc, self.tanh_backward(self.pick_mul(gh, o), squashed))
            part = self.concatenate([self.sigmoid_backward(self.pick_mul(gc, g), i),
                                     self.sigmoid_backward(self.pick_mul(gc, c_before), f),
                                     self.tanh_backward(self.pick_mul(gc, i), g),
                                     self.sigmoid_backward(self.pick_mul(gh, squashed), o)], 1)
            parts.append(part)
            befores.append(h_before)
            gh, gc = self.matmul(part, w), self.pick_mul(gc, f)
        return (self._through_time(parts, not reverse, to_gates), self._given(gh, to_h), self._given(gc, to_c),
                self._to_weights(parts, befores, to_w))

    def _lstm_steps(self, gates, h, c, w, reverse):
        """(t, h and c before, i, f, g, o, tanh of c, h and c after) of each step, in the order in which they are taken."""
        steps = []
        for t in _order(gates, reverse):
            a = self.add(self.getitem(gates, t), self.linear(h, w))
            i, f, g, o = (self._gate(a, j, w) for j in range(4))
            i, f, g, o = self.sigmoid(i), self.sigmoid(f), self.tanh(g), self.sigmoid(o)
            c_after = self.add(self.mul(f, c), self.mul(i, g))
            squashed = self.tanh(c_after)
            steps.append((t, h, c, i, f, g, o, squashed, self.mul(o, squashed), c_after))
            h, c = steps[-1][-2:]
        return steps

    @in_single(results=1)
    def gru(self, gates, h, w, b, reverse, out=None):
        """gates (T, N, 3H) in the order r, z, n; b (3H,) or None, what is added to h w^T -> (y (T, N, H), aux)."""
        return self._through_time([s[-1] for s in self._gru_steps(gates, h, w, b, reverse)], reverse, out), None

    @in_single
    def gru_backward(self, gy, gates, h, w, b, aux, reverse, out=None):
        """-> the gradients of gates, h, w and b, None where b is. `out` is four, too."""
        to_gates, to_h, to_w, to_b = (None,) * 4 if out is None else out
        parts, brought, befores, gh = [], [], [], None
        steps = self._gru_steps(gates, h, w, b, reverse)
        for t, h_before, r, z, n, u, _ in reversed(steps):
            gy_t = self.getitem(gy, t)
            gh = gy_t if gh is None else self.add(gy_t, gh)
            gn = self.tanh_backward(self.pick_mul(gh, self.sub(1, z)), n)
            gr = self.sigmoid_backward(self.pick_mul(gn, u), r)
            gz = self.sigmoid_backward(self.pick_mul(gh, self.sub(h_before, n)), z)
            parts.append(self.concatenate([gr, gz, gn], 1))
            brought.append(self.concatenate([gr, gz, self.pick_mul(gn, r)], 1))
            befores.append(h_before)
            gh = self.add(self.pick_mul(gh, z), self.matmul(brought[-1], w))
        gb = None if b is None else self.sum(self.concatenate(brought, 0), 0, out=to_b)
        return (self._through_time(parts, not reverse, to_gates), self._given(gh, to_h),
                self._to_weights(brought, befores, to_w), gb)

    def _gru_steps(self, gates, h, w, b, reverse):
        """(t, h before, r, z, n, what h brings to n, h after) of each step, in the order in which they are taken."""
        steps = []
        for t in _order(gates, reverse):
            x, u = self.getitem(gates, t), self.linear(h, w, b)
            r, z = (self.sigmoid(self.add(self._gate(x, j, w), self._gate(u, j, w))) for j in range(2))
            un = self._gate(u, 2, w)
            n = self.tanh(self.add(self._gate(x, 2, w), self.mul(r, un)))
            steps.append((t, h, r, z, n, un, self.add(self.mul(self.sub(1, z), n), self.mul(z, h))))
            h = steps[-1][-1]
        return steps

    @in_single
    def rnn(self, gates, h, w, relu, reverse, out=None):
        """gates (T, N, H) -> y (T, N, H): tanh(gates + h w^T) step by step, or relu of it."""
        ys = []
        for t in _order(gates, reverse):
            a = self.add(self.getitem(gates, t), self.linear(h, w))
            h = self.relu(a) if relu else self.tanh(a)
            ys.append(h)
        return self._through_time(ys, reverse, out)

    @in_single
    def rnn_backward(self, gy, y, h, w, relu, reverse, out=None):
        """-> the gradients of gates, h and w. `out` is three, too."""
        to_gates, to_h, to_w = (None,) * 3 if out is None else out
        backward = self.relu_backward if relu else self.tanh_backward
        order, parts, befores, gh = list(_order(gy, reverse)), [], [], None
        for place in reversed(range(len(order))):
            gy_t = self.getitem(gy, order[place])
            parts.append(backward(gy_t if gh is None else self.add(gy_t, gh), self.getitem(y, order[place])))
            befores.append(self.getitem(y, order[place - 1]) if place else h)
            gh = self.matmul(parts[-1], w)
        return (self._through_time(parts, not reverse, to_gates), self._given(gh, to_h),
                self._to_weights(parts, befores, to_w))

    def _gate(self, a, j, w):
        """Gate j of a (N, G H)."""
        size = w.shape[1]
        return self.getitem(a, (slice(None), slice(j * size, (j + 1) * size)))

    def _through_time(self, steps, backwards, out=None):
        """(N, C) of each step, in the order in which they were taken, as (T, N, C)."""
        steps = [self.reshape(a, (1, *a.shape)) for a in (reversed(steps) if backwards else steps)]
        return self.concatenate(steps, 0, out=out)

    def _to_weights(self, parts, befores, out=None):
        """The sum over the steps of part^T before, as one product."""
        return self.matmul(self.transpose(self.concatenate(parts, 0)), self.concatenate(befores, 0), out=out)

    def _given(self, a, out):
        return a if out is None else self.copy(a, out=out)


def _order(gates, reverse):
    """The steps in the order in which they are taken."""
    steps = range(gates.shape[0])
    return reversed(steps) if reverse else steps
