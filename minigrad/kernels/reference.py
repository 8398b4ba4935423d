"""The reference table: every kernel in plain numpy. It is the specification, the fallback and the oracle.

`Kernels(xp)` is generic in the array library. A device's table inherits it and overrides what it does faster; its
fallback is `super()`. Two sorts of kernel stand here:

* *primitives*, written with `xp`, are closed under differentiation: each has an operation of the same name in `ops/`;
* *composites*, and the backward of every fused kernel, call only `self.<kernel>`, so the table of differentiable
  operations (`ops/table.py`) inherits them and they are differentiable to every order.

`out=` names an array to write into; it never aliases an input unless the kernel says that it may. `aux` is what a fused
forward kernel keeps for its backward: an opaque cache, which every backward kernel can do without. Kernels check no
shapes: operations do that.
"""

import math
import zlib

from minigrad.kernels import philox
from minigrad.kernels.halves import NUMBERS, beside_halves, computed_in_single, in_single, single
from minigrad.rules import Calculus


class Kernels(Calculus):
    """The kernels over the array library `xp` (numpy, or one with numpy's interface)."""

    name = "numpy"

    def __init__(self, xp):
        self.xp = xp
        self.array = getattr(xp, "ndarray", None)       # the type of this device's arrays
        self._ones = {}

    def __repr__(self):
        return f"<minigrad kernels: {self.name}>"

    # ---- arrays

    def asarray(self, a, dtype=None):
        """`a` as an array of this device; copied only if it must be."""
        return self.xp.asarray(a, dtype=dtype)

    def to_numpy(self, a):
        """`a` as a numpy array, for printing, saving and testing; shares memory where it can."""
        return a

    def empty(self, shape, dtype):
        return self.xp.empty(shape, dtype)

    def full(self, shape, value, dtype):
        return self.xp.full(shape, value, dtype)

    def one(self, dtype):
        """A 0-d 1 to start a backward from, the same every time: its memory is that of bytes, which nobody can write to."""
        if dtype not in self._ones:
            self._ones[dtype] = self.xp.frombuffer(self.xp.ones((), dtype).tobytes(), dtype).reshape(())
        return self._ones[dtype]

    def zeros(self, shape, like):
        """Zeros in the dtype of the array `like`, beside it."""
        return self.xp.zeros(shape, like.dtype)

    def copy(self, a, out=None):
        """A copy with memory of its own, in the memory order of `a`."""
        if out is None:
            return self.xp.array(a, copy=True, order="K")
        return self._give(a, out)

    def read_only(self, a):
        """A view of `a` that cannot be written through: what users are lent."""
        view = a[...]
        view.flags.writeable = False
        return view

    def memory(self, a):
        """Where `a` lies: (its first byte, the one after its last), by which arrays that share memory meet, whoever made
        them; None for what is no array of this device and for one without elements."""
        if not isinstance(a, self.array) or not a.size:
            return None
        return self.xp.lib.array_utils.byte_bounds(a)

    def checksum(self, a):
        """A number that changes, in all likelihood, with the contents of `a` (it waits for the device)."""
        return zlib.crc32(self.to_numpy(a).tobytes()) if isinstance(a, self.array) else None

    def astype(self, a, dtype, out=None):
        with self._quiet():
            return self._give(a.astype(dtype), out)

    def has_nan(self, a):
        """Whether some element is NaN (a Python bool: it waits for the device)."""
        return bool(self.xp.isnan(a).any())

    def _give(self, result, out):
        if out is None:
            return self.xp.asarray(result)
        out[...] = result
        return out

    def _quiet(self):
        return self.xp.errstate(all="ignore")

    # ---- elementwise primitives; a and b broadcast, either may be a Python number

    def add(self, a, b, out=None):
        if (b.__class__ in NUMBERS or a.__class__ in NUMBERS) and beside_halves(a, b):
            return computed_in_single(self, "add", (a, b), out=out)
        with self._quiet():
            return self.xp.asarray(self.xp.add(a, b, out=out))

    def sub(self, a, b, out=None):
        if (b.__class__ in NUMBERS or a.__class__ in NUMBERS) and beside_halves(a, b):
            return computed_in_single(self, "sub", (a, b), out=out)
        with self._quiet():
            return self.xp.asarray(self.xp.subtract(a, b, out=out))

    def mul(self, a, b, out=None):
        if (b.__class__ in NUMBERS or a.__class__ in NUMBERS) and beside_halves(a, b):
            return computed_in_single(self, "mul", (a, b), out=out)
        with self._quiet():
            return self.xp.asarray(self.xp.multiply(a, b, out=out))

    def div(self, a, b, out=None):
        if (b.__class__ in NUMBERS or a.__class__ in NUMBERS) and beside_halves(a, b):
            return computed_in_single(self, "div", (a, b), out=out)
        with self._quiet():
            return self.xp.asarray(self.xp.true_divide(a, b, out=out))

    def pick_mul(self, a, b, out=None):
        """a b, but 0 where a = 0, whatever b is: a weight of 0 picks nothing."""
        return self._picked(a, self.mul(a, b, out=out))

    def pick_div(self, a, b, out=None):
        """a / b, but 0 where a = 0, whatever b is."""
        return self._picked(a, self.div(a, b, out=out))

    def pick_both(self, a, b, out=None):
        """a b, but 0 where either is 0, whatever the other is: what the gradients of pick_mul and pick_div need."""
        return self._picked(b, self.pick_mul(a, b, out=out))

    def _picked(self, a, y):
        """y with 0 written where a is 0."""
        nothing = self.xp.equal(a, 0.0)
        if nothing.shape == y.shape:
            y[nothing] = 0          # the quicker way, where it can be gone
        else:
            self.xp.copyto(y, 0, where=nothing)
        return y

    def power(self, a, b, out=None):
        if (b.__class__ in NUMBERS or a.__class__ in NUMBERS) and beside_halves(a, b):
            return computed_in_single(self, "power", (a, b), out=out)
        with self._quiet():
            y = self._give(a**b, out)
            if hasattr(b, "shape") and y.dtype.kind == "f" and (b.size < y.size or 0 in b.strides):
                # numpy takes the square root for one 0.5 beside many numbers: NaN of -inf, and not its power
                self.xp.copyto(y, math.inf, where=(a == -math.inf) & (b == 0.5))
            return y

    def neg(self, a, out=None):
        return self.xp.asarray(self.xp.negative(a, out=out))

    def exp(self, a, out=None):
        with self._quiet():
            return self.xp.asarray(self.xp.exp(a, out=out))

    def log(self, a, out=None):
        with self._quiet():
            return self.xp.asarray(self.xp.log(a, out=out))

    def sqrt(self, a, out=None):
        with self._quiet():
            return self.xp.asarray(self.xp.sqrt(a, out=out))

    def tanh(self, a, out=None):
        return self.xp.asarray(self.xp.tanh(a, out=out))

    @in_single
    def sigmoid(self, a, out=None):
        """1 / (1 + exp(-a)), without overflow: exp is only taken of numbers <= 0."""
        with self._quiet():
            e = self.xp.exp(-self.xp.abs(a))
            return self._give(self.xp.where(self.xp.less(a, 0), e, 1) / (1 + e), out)

    def relu(self, a, out=None):
        """max(a, 0); NaN stays NaN."""
        return self.xp.asarray(self.xp.maximum(a, 0, out=out))

    def abs(self, a, out=None):
        return self.xp.asarray(self.xp.abs(a, out=out))

    def sign(self, a, out=None):
        return self.xp.asarray(self.xp.sign(a, out=out))

    def sin(self, a, out=None):
        with self._quiet():
            return self.xp.asarray(self.xp.sin(a, out=out))

    def cos(self, a, out=None):
        with self._quiet():
            return self.xp.asarray(self.xp.cos(a, out=out))

    def maximum(self, a, b, out=None):
        return self.xp.asarray(self.xp.maximum(a, b, out=out))

    def minimum(self, a, b, out=None):
        return self.xp.asarray(self.xp.minimum(a, b, out=out))

    def where(self, condition, a, b, out=None):
        return self._give(self.xp.where(condition, a, b), out)

    # ---- comparisons: boolean arrays

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

    # ---- reductions; axis is None, an int or a tuple of ints

    @in_single
    def sum(self, a, axis=None, keepdims=False, out=None):
        with self._quiet():
            return self._give(a.sum(axis=axis, keepdims=keepdims), out)

    @in_single
    def mean(self, a, axis=None, keepdims=False, out=None):
        return self.div(self.sum(a, axis, keepdims), count_along(a.shape, axis), out=out)

    def max(self, a, axis, keepdims=False, out=None):
        """The largest along one axis; NaN wins."""
        return self._give(a.max(axis=axis, keepdims=keepdims), out)

    def argmax(self, a, axis, keepdims=False, out=None):
        """int64: where the largest stands along one axis, the first of equals; NaN wins."""
        return self._give(self.xp.argmax(a, axis=axis, keepdims=keepdims), out)

    def largest(self, a, axis, out=None):
        """The largest along `axis` (kept), 0 where it is not finite: a constant that keeps exponentials in range."""
        m = a.max(axis=axis, keepdims=True)
        return self._give(self.xp.where(self.xp.isfinite(m), m, self.xp.zeros_like(m)), out)

    @in_single
    def sum_to(self, a, shape, out=None):
        """Sum over the axes along which `shape` was broadcast to a.shape: the adjoint of broadcast_to."""
        lead = len(a.shape) - len(shape)
        axes = tuple(range(lead)) + tuple(i + lead for i, n in enumerate(shape) if n == 1 and a.shape[i + lead] != 1)
        with self._quiet():
            return self._give(a.sum(axis=axes).reshape(shape) if axes else a.reshape(shape), out)

    # ---- shape; results may be views

    def reshape(self, a, shape):
        return a.reshape(shape)

    def transpose(self, a, axes=None):
        return a.transpose(axes)

    def broadcast_to(self, a, shape):
        return self.xp.broadcast_to(a, shape)

    def concatenate(self, arrays, axis, out=None):
        return self.xp.concatenate(arrays, axis=axis, out=out)

    def pad(self, a, widths, value=0, out=None):
        """widths: ((before, after), ...) per axis; filled with `value`."""
        return self._give(self.xp.pad(a, widths, constant_values=value) if widths else a, out)

    def getitem(self, a, index):
        """a[index], numpy's rules; basic indices give views."""
        return self.xp.asarray(a[self._settled(index)])

    def _settled(self, index):
        """An index of which nobody else has the arrays: numpy checks an index and then reads it again, without the GIL,
        and crashes if another thread has written to it meanwhile."""
        if isinstance(index, tuple):
            return tuple(map(self._settled, index))
        return index.copy() if isinstance(index, self.array) else index

    def put(self, g, index, shape, out=None):
        """Zeros of `shape` with g added at `index`, repeats added up: the adjoint of getitem."""
        if is_basic(index):
            out = self._give(self.xp.zeros(shape, g.dtype), out)
            out[index] = g
            return out
        return self._add_up(g, self.getitem(self._numbered(shape), index), shape, out)

    def _numbered(self, shape):
        """An array whose elements are their own places: what an index picks of it says where it looks."""
        return self.xp.arange(math.prod(shape)).reshape(shape)

    def _add_up(self, g, places, shape, out):
        """Zeros of `shape` with g added at these places, counted through; floating sums are float64's, rounded once."""
        g = self.xp.broadcast_to(g, places.shape)
        with self._quiet():
            if g.dtype.kind == "f":
                total = self.xp.bincount(places.reshape(-1), g.reshape(-1), math.prod(shape))
            else:
                total = self.xp.zeros(math.prod(shape), g.dtype)
                self.xp.add.at(total, places, g)
            return self._give(total.reshape(shape).astype(g.dtype, copy=False), out)

    def take_along(self, a, index, axis, out=None):
        """a at integer positions along one axis; index has a's other sizes."""
        return self._give(self.xp.take_along_axis(a, self._settled(index), axis), out)

    def put_along(self, g, index, axis, shape, out=None):
        """Zeros of `shape` with g added at the positions `index`, repeats added up: the adjoint of take_along."""
        return self._add_up(g, self.take_along(self._numbered(shape), index, axis), shape, out)

    # ---- products

    @in_single
    def matmul(self, a, b, out=None):
        """a (..., M, K) @ b (..., K, N) -> (..., M, N); leading axes broadcast."""
        with self._quiet():
            return self.xp.matmul(a, b, out=out)

    @in_single
    def linear(self, x, w, b=None, out=None):
        """x (N, I), w (O, I), b (O,) or None -> x w^T + b (N, O)"""
        y = self.matmul(x, self.transpose(w), out=out)
        return y if b is None else self.add(y, b, out=out)

    @in_single
    def linear_backward(self, g, x, w, need):
        """gx = g w, gw = g^T x, gb = the sum of g's rows (N, O); None for each that the triple `need` leaves out."""
        return (self.matmul(g, w) if need[0] else None,
                self.matmul(self.transpose(g), x) if need[1] else None,
                self.sum(g, 0) if need[2] else None)

    # ---- convolution; stride, padding, dilation are pairs. One trilinear form: each one's gradient is the other two

    @in_single
    def conv2d(self, x, w, b, stride, padding, dilation, groups, out=None):
        """x (N, C, H, W), w (O, C/groups, KH, KW), b (O,) or None -> (N, O, OH, OW)"""
        windows = self._windows(x, w.shape[2:], stride, padding, dilation)
        if not (x.shape[1] and w.shape[0]):
            groups = 1      # however many there are, they are all alike: without channels
        c, o = w.shape[1], w.shape[0] // groups
        with self._quiet():
            parts = [self.xp.tensordot(windows[:, i * c:(i + 1) * c], w[i * o:(i + 1) * o], ((1, 4, 5), (1, 2, 3)))
                     for i in range(groups)]
            y = parts[0] if groups == 1 else self.xp.concatenate(parts, axis=-1)      # (N, OH, OW, O)
            return self._give((y if b is None else y + b).transpose(0, 3, 1, 2), out)

    @in_single
    def conv2d_input_grad(self, g, w, stride, padding, dilation, groups, shape, out=None):
        """The adjoint of conv2d in x: g (N, O, OH, OW), w (O, C/groups, KH, KW) -> shape (N, C, H, W)"""
        n, c, h, width = shape
        (sh, sw), (ph, pw), (dh, dw) = stride, padding, dilation
        if not (c and w.shape[0]):
            return self._give(self.xp.zeros(shape, g.dtype), out)
        oh, ow = g.shape[2:]
        gx = self.xp.zeros((n, h + 2 * ph, width + 2 * pw, c), g.dtype)
        ci, co = c // groups, w.shape[0] // groups
        for i in range(w.shape[2]):
            for j in range(w.shape[3]):
                rows = slice(i * dh, i * dh + sh * (oh - 1) + 1, sh)
                columns = slice(j * dw, j * dw + sw * (ow - 1) + 1, sw)
                for k in range(groups):
                    with self._quiet():
                        gx[:, rows, columns, k * ci:(k + 1) * ci] += self.xp.tensordot(
                            g[:, k * co:(k + 1) * co], w[k * co:(k + 1) * co, :, i, j], ((1,), (0,)))
        return self._give(gx[:, ph:ph + h, pw:pw + width].transpose(0, 3, 1, 2), out)

    @in_single
    def conv2d_weight_grad(self, g, x, stride, padding, dilation, groups, shape, out=None):
        """The adjoint of conv2d in w: g (N, O, OH, OW), x (N, C, H, W) -> shape (O, C/groups, KH, KW)"""
        if not (x.shape[1] and shape[0]):
            return self._give(self.xp.zeros(shape, g.dtype), out)
        windows = self._windows(x, shape[2:], stride, padding, dilation)
        c, o = shape[1], shape[0] // groups
        with self._quiet():
            parts = [self.xp.tensordot(g[:, i * o:(i + 1) * o], windows[:, i * c:(i + 1) * c], ((0, 2, 3), (0, 2, 3)))
                     for i in range(groups)]
        return self._give(parts[0] if groups == 1 else self.xp.concatenate(parts), out)

    def _windows(self, x, size, stride, padding, dilation):
        """x (N, C, H, W) -> a view (N, C, OH, OW, KH, KW) of the zero-padded x."""
        (kh, kw), (sh, sw), (ph, pw), (dh, dw) = size, stride, padding, dilation
        if ph or pw:
            x = self.xp.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
        span = ((kh - 1) * dh + 1, (kw - 1) * dw + 1)
        return self.xp.lib.stride_tricks.sliding_window_view(x, span, (2, 3))[:, :, ::sh, ::sw, ::dh, ::dw]

    # ---- pooling; size, stride, padding are pairs

    def max_pool2d(self, x, size, stride, padding, out=None):
        """x (N, C, H, W) -> (y (N, C, OH, OW), index): the first largest of each window, NaN wins; padding never does.

        index, the winner's place in its window (row * KW + column), is uint8, or int32 for windows above 256.
        `out` is a pair.
        """
        few = self._few_windows(x.shape, size, stride, padding)
        y, index = (self._max_by_window if few else self._max_by_place)(x, size, stride, padding)
        return (y, index) if out is None else (self._give(y, out[0]), self._give(index, out[1]))

    def _max_by_place(self, x, size, stride, padding):
        y = index = None
        lowest = _lowest(self.xp, x.dtype)
        for place, piece in self._window_pieces(x, size, stride, padding, lowest):
            if y is None:
                y, index = piece.copy(), self.xp.zeros(piece.shape, _index_dtype(self.xp, size))
                continue
            wins = (piece > y) | (self.xp.isnan(piece) & ~self.xp.isnan(y))
            y[wins], index[wins] = piece[wins], place
        if padding != (0, 0):       # a window of nothing but the lowest: its first place inside the image, not in the padding
            inside = self._first_inside(x.shape, y.shape, size, stride, padding)
            index = self.xp.where(y == lowest, self.xp.maximum(index, inside), index).astype(index.dtype)
        return y, index

    def _max_by_window(self, x, size, stride, padding):
        shape = (*x.shape[:2], *_pooled_sides(x.shape, size, stride, padding))
        y, index = self.xp.empty(shape, x.dtype), self.xp.empty(shape, _index_dtype(self.xp, size))
        for window, (rows, columns), (i, j) in self._windows_in_turn(x.shape, size, stride, padding):
            pixels = _flat_images(x[:, :, rows, columns])
            first = self.xp.argmax(pixels, -1)
            y[window] = self.xp.take_along_axis(pixels, first[:, :, None], -1)[:, :, 0]
            width = columns.stop - columns.start
            index[window] = (i + first // width) * size[1] + j + first % width
        return y, index

    def max_pool2d_gather(self, x, index, size, stride, padding, out=None):
        """x at the winners' places: linear in x, the adjoint of max_pool2d_scatter."""
        if size[0] * size[1] > 256:
            places, inside = self._winners(index, x.shape, size, stride, padding)
            picked = self.take_along(_flat_images(x), _flat_images(places), 2)
            return self._give(self.xp.where(inside, picked.reshape(index.shape), 0).astype(x.dtype), out)
        y = self.xp.zeros(index.shape, x.dtype)
        for place, piece in self._window_pieces(x, size, stride, padding, 0):
            self.xp.copyto(y, piece, where=index == place)
        return self._give(y, out)

    @in_single
    def max_pool2d_scatter(self, g, index, size, stride, padding, shape, out=None):
        """g (N, C, OH, OW) added at the winners' places of zeros of shape (N, C, H, W): max_pool2d's gradient."""
        n, c, h, width = shape
        if size[0] * size[1] > 256:
            places, inside = self._winners(index, shape, size, stride, padding)
            images = self._numbered((n, c, 1, 1)) * (h * width)
            return self._add_up(self.xp.where(inside, g, 0).astype(g.dtype), places + images, shape, out)
        ph, pw = padding
        gx = self.xp.zeros((n, c, h + 2 * ph, width + 2 * pw), g.dtype)
        for place, piece in self._window_pieces(gx, size, stride, (0, 0), 0, g.shape):
            self.add(piece, self.xp.where(index == place, g, 0), out=piece)
        return self._give(gx[:, :, ph:ph + h, pw:pw + width], out)

    @in_single
    def avg_pool2d(self, x, size, stride, padding, out=None):
        """The mean of each window, padding counted as zeros (PyTorch's count_include_pad)."""
        share = 1 / (size[0] * size[1])
        if self._few_windows(x.shape, size, stride, padding):
            y = self.xp.empty((*x.shape[:2], *_pooled_sides(x.shape, size, stride, padding)), x.dtype)
            for window, (rows, columns), _ in self._windows_in_turn(x.shape, size, stride, padding):
                y[window] = self.sum(x[:, :, rows, columns], (2, 3))
            return self.mul(y, share, out=out)
        total = 0
        for _, piece in self._window_pieces(x, size, stride, padding, 0):
            total = self.add(total, piece)
        return self.mul(total, share, out=out)

    @in_single
    def avg_pool2d_backward(self, g, size, stride, padding, shape, out=None):
        """g (N, C, OH, OW) spread evenly over its windows -> shape (N, C, H, W): the adjoint of avg_pool2d."""
        n, c, h, width = shape
        ph, pw = padding
        share = self.mul(g, 1 / (size[0] * size[1]))
        if self._few_windows(shape, size, stride, padding):
            gx = self.xp.zeros(shape, g.dtype)
            for window, (rows, columns), _ in self._windows_in_turn(shape, size, stride, padding):
                piece = gx[:, :, rows, columns]
                self.add(piece, share[window][:, :, None, None], out=piece)
            return self._give(gx, out)
        gx = self.xp.zeros((n, c, h + 2 * ph, width + 2 * pw), g.dtype)
        for _, piece in self._window_pieces(gx, size, stride, (0, 0), 0, g.shape):
            self.add(piece, share, out=piece)
        return self._give(gx[:, :, ph:ph + h, pw:pw + width], out)

    # A pooling runs through the places of the window, all windows at once; or, where those are fewer and the places many,
    # through the windows, all their places at once.

    def _few_windows(self, shape, size, stride, padding):
        windows = math.prod(_pooled_sides(shape, size, stride, padding))
        return windows < size[0] * size[1] > 256 and math.prod(shape) > 0

    def _window_pieces(self, x, size, stride, padding, fill, shape=None):
        """For each place of the window: (place, the (N, C, OH, OW) view of x that stands there in every window)."""
        (kh, kw), (sh, sw), (ph, pw) = size, stride, padding
        if ph or pw:
            x = self.xp.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=fill)
        oh, ow = shape[2:] if shape else ((x.shape[2] - kh) // sh + 1, (x.shape[3] - kw) // sw + 1)
        for i in range(kh):
            for j in range(kw):
                yield i * kw + j, x[:, :, i:i + sh * (oh - 1) + 1:sh, j:j + sw * (ow - 1) + 1:sw]

    def _windows_in_turn(self, shape, size, stride, padding):
        """For each window: (its element of y, its rows and columns inside the image, the first of them in the window)."""
        oh, ow = _pooled_sides(shape, size, stride, padding)
        for a in range(oh):
            for b in range(ow):
                start = a * stride[0] - padding[0], b * stride[1] - padding[1]
                first = max(start[0], 0), max(start[1], 0)
                inside = tuple(slice(first[i], min(start[i] + size[i], shape[2 + i])) for i in range(2))
                yield (slice(None), slice(None), a, b), inside, (first[0] - start[0], first[1] - start[1])

    def _winners(self, index, shape, size, stride, padding):
        """(where in its image, counted through, each winner stands; whether that is inside window and image)."""
        index = index.astype(self.xp.int64)
        rows = index // size[1] + (self.xp.arange(index.shape[2]) * stride[0] - padding[0])[:, None]
        columns = index % size[1] + (self.xp.arange(index.shape[3]) * stride[1] - padding[1])
        inside = ((index >= 0) & (index < size[0] * size[1]) & (rows >= 0) & (rows < shape[2]) & (columns >= 0)
                  & (columns < shape[3]))
        return self.xp.where(inside, rows * shape[3] + columns, 0), inside

    def _first_inside(self, x_shape, y_shape, size, stride, padding):
        rows = self.xp.maximum(padding[0] - self.xp.arange(y_shape[2]) * stride[0], 0)
        columns = self.xp.maximum(padding[1] - self.xp.arange(y_shape[3]) * stride[1], 0)
        return rows[:, None] * size[1] + columns

    # ---- softmax and the losses

    @in_single
    def softmax(self, z, axis, out=None):
        e = self.exp(self.sub(z, self.largest(z, axis)))
        return self.div(e, self.sum(e, axis, True), out=out)

    @in_single
    def softmax_backward(self, g, y, axis, out=None):
        """y = softmax(z): gz = y (g - sum(g y))"""
        return self.pick_mul(self.sub(g, self.sum(self.pick_mul(g, y), axis, True)), y, out=out)

    @in_single
    def log_softmax(self, z, axis, out=None):
        d = self.sub(z, self.largest(z, axis))
        return self.sub(d, self.log(self.sum(self.exp(d), axis, True)), out=out)

    @in_single
    def log_softmax_backward(self, g, y, axis, out=None):
        """y = log_softmax(z): gz = g - softmax(z) sum(g)"""
        return self.sub(g, self.pick_mul(self.sum(g, axis, True), self.exp(y)), out=out)

    @in_single
    def logsumexp(self, z, axis, keepdims=False, out=None):
        m = self.largest(z, axis)
        y = self.add(self.log(self.sum(self.exp(self.sub(z, m)), axis, True)), m)
        if not keepdims:
            y = self.reshape(y, z.shape[:axis] + z.shape[axis + 1:])
        return y if out is None else self.copy(y, out=out)

    def one_hot(self, target, classes, dtype, out=None):
        """target (N,) integers -> (N, classes), 1 at the class and 0 elsewhere."""
        return self._give((target[:, None] == self.xp.arange(classes)).astype(dtype), out)

    def check_classes(self, target, classes):
        """Raise ValueError unless every target is an integer class 0 .. classes - 1."""
        wrong = (target < 0) | (target >= classes)
        if wrong.any():
            row = int(self.xp.argmax(wrong))
            raise bad_class(int(target[row]), row, classes)

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

    def count_correct(self, z, target):
        """How many rows of z (N, C) have their largest entry at the target, classes (N,) or dense (N, C): 0-d int64."""
        target = target if len(target.shape) == 1 else self.argmax(target, 1)
        return self.xp.asarray((self.argmax(z, 1) == target).sum())

    # ---- batch norm over every axis but 1 (Ioffe & Szegedy 2015): biased variance to normalise. Statistics and what they
    #      normalise are float64: the squares and sums of float32's largest numbers are not too large for it

    @in_single(results=1)
    def batch_norm(self, x, gamma, beta, eps, out=None):
        """x (N, C, ...), gamma (C,), beta (C,) -> (y, mean (C,), biased variance (C,), aux). `out` is y's."""
        channels = (x.shape[1],)
        xhat, _, mean, var = self._normalise(x, eps)
        y = self.add(self.mul(xhat, self._per_channel(gamma, xhat)), self._per_channel(beta, xhat))
        return (self.astype(y, x.dtype, out=out), self.astype(self.reshape(mean, channels), x.dtype),
                self.astype(self.reshape(var, channels), x.dtype), None)

    @in_single
    def batch_norm_backward(self, g, x, gamma, aux, eps):
        """gx = (g - (mean(g) + xhat mean(g xhat))) / sd gamma, ggamma = sum g xhat, gbeta = sum g."""
        axes, channels = _all_but_one(x), (x.shape[1],)
        xhat, rstd, _, _ = self._normalise(x, eps)
        g = self.astype(g, xhat.dtype)
        gxhat = self.mul(g, xhat)
        centred = self.sub(g, self.add(self.mean(g, axes, True), self.mul(xhat, self.mean(gxhat, axes, True))))
        gx = self.mul(self.mul(centred, rstd), self._per_channel(gamma, xhat))
        return (self.astype(gx, x.dtype), self.astype(self.reshape(self.sum(gxhat, axes), channels), x.dtype),
                self.astype(self.reshape(self.sum(g, axes), channels), x.dtype))

    @in_single
    def batch_norm_inference(self, x, mean, var, gamma, beta, eps, out=None):
        """The same with given statistics, mean (C,) and var (C,). The mean goes first: x gamma / sd may be far larger.

        Beside a large mean x is halved, since two halves are never too far apart for their dtype.
        """
        scale = self.where(self.greater(self.abs(mean), 1), 0.5, 1.0)
        centred = self.sub(self.mul(x, self._per_channel(scale, x)), self._per_channel(self.mul(mean, scale), x))
        slope = self.div(self.power(self.add(self.astype(var, "float64"), eps), -0.5), scale)
        y = self.mul(self.mul(centred, self._per_channel(slope, x)), self._per_channel(gamma, x))
        return self.add(y, self._per_channel(beta, x), out=out)

    @in_single
    def batch_norm_inference_backward(self, g, x, mean, var, gamma, eps):
        """The gradients of batch_norm_inference in x, gamma and beta."""
        axes = _all_but_one(x)
        rstd = self._per_channel(self.power(self.add(self.astype(var, "float64"), eps), -0.5), x)
        gx = self.pick_mul(self.pick_mul(g, rstd), self._per_channel(gamma, x))
        xhat = self.mul(self.sub(x, self._per_channel(mean, x)), rstd)
        return gx, self.sum(self.pick_mul(g, xhat), axes), self.sum(g, axes)

    @in_single
    def running_update(self, running, batch, momentum, out=None):
        """running + momentum (batch - running); `out` may be `running` itself."""
        return self.add(self.mul(running, 1 - momentum), self.mul(batch, momentum), out=out)

    def _normalise(self, x, eps):
        """(x - mean) / sd, 1 / sd, mean, variance in float64."""
        axes, wide = _all_but_one(x), self.astype(x, "float64")
        mean = self.mean(wide, axes, True)
        d = self.sub(wide, mean)
        if x.dtype == wide.dtype:       # nothing wider to add up in: what rounding the mean left is taken off as well
            d = self.sub(d, self.mean(d, axes, True))
        var = self.mean(self.mul(d, d), axes, True)
        rstd = self.power(self.add(var, eps), -0.5)
        return self.mul(d, rstd), rstd, mean, var

    def _per_channel(self, a, x):
        """a (C,) beside x (N, C, ...), in its dtype."""
        a = self.reshape(a, (1, -1) + (1,) * (len(x.shape) - 2))
        return a if a.dtype == x.dtype else self.astype(a, x.dtype)

    # ---- dropout: a mask that depends on the key and the element's place only, so nothing need be kept for backward

    def next_key(self, state):
        """state (2,) uint64 = [seed, counter] -> a copy; the counter counts up in place. No two threads get one key."""
        one = self.xp.uint64(1)
        n = state[1]
        state[1] = n + one          # no call stands between reading and writing: the interpreter turns to others at calls only
        return self.xp.array([state[0], n])

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

    # ---- optimiser steps: parameters and moments are lists of arrays, written in place; lr and step are 0-d buffers.
    #      Results below the smallest normal number are written as zero: denormals would slow every later step.
    #      All is checked, and then computed, before anything is written: a step that fails changes nothing.

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
        t = int(step) + 1
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
            change = rate * (mean / (1 - beta1**t)) / (self.xp.sqrt(square / (1 - beta2**t)) + eps)
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
        """Write (array, values) pairs, all of them: Ctrl-C in the middle is heeded when they are written."""
        try:
            for a, values in new:
                a[...] = values
        except BaseException:
            for a, values in new:
                a[...] = values
            raise

    # ---- batches

    def gather_batch(self, images, index, scale, shift, out=None):
        """images[index] * scale + shift in float32. images (N, C, ...) uint8 or float32, index (B,) int64;
        scale and shift (C,) float32, or (1,) for every channel alike."""
        batch = images[self._settled(index)].astype(self.xp.float32)
        per_channel = (-1,) + (1,) * (len(images.shape) - 2)
        return self._give(batch * scale.reshape(per_channel) + shift.reshape(per_channel), out)


def is_basic(index):
    """Whether no place can be picked twice: only integers, slices, None and ... stand in the index."""
    parts = index if isinstance(index, tuple) else (index,)
    return all(p is None or p is Ellipsis or isinstance(p, (int, slice)) and not isinstance(p, bool) for p in parts)


def count_along(shape, axis):
    """How many elements are reduced to one along `axis` (None, an int or a tuple)."""
    if axis is None:
        return math.prod(shape)
    return math.prod(shape[i] for i in (axis if isinstance(axis, tuple) else (axis,)))


def _all_but_one(x):
    return (0, *range(2, len(x.shape)))


def _flat_images(x):
    return x.reshape(*x.shape[:2], x.shape[2] * x.shape[3])


def _pooled_sides(shape, size, stride, padding):
    return tuple((shape[2 + i] + 2 * padding[i] - size[i]) // stride[i] + 1 for i in range(2))


def _lowest(xp, dtype):
    """What no number of the dtype is below."""
    return -math.inf if dtype.kind == "f" else False if dtype.kind == "b" else xp.iinfo(dtype).min


def _index_dtype(xp, size):
    return xp.uint8 if size[0] * size[1] <= 256 else xp.int32 if size[0] * size[1] < 2**31 else xp.int64


def bad_class(found, row, classes):
    """The error for a target that is no class."""
    hint = " (classes count from 0: subtract 1?)" if found == classes else ""
    return ValueError(f"[cross_entropy] target {found} at row {row} is not a class: expected 0..{classes - 1}, "
                      f"for logits with {classes} columns{hint}")
