"""Activations: what stands between the layers of a network.

The backward kernels named in these rules are texts in `Calculus`, too, which a table may fuse.
"""

from minigrad.declare import forward


@forward(lambda k, a: k.maximum(a, 0), numeric=lambda k, a: k.where(k.less(a, 0), 0, a))
def relu(k, g, need, y):
    """max(a, 0); its slope at 0 is 0."""
    return (k.relu_backward(g, y),)


def relu_at_zero(k, g, need, a, at_zero):
    """relu with a slope of the user's choice at exactly 0."""
    return (k.where(k.equal(a, 0), k.mul(g, at_zero), k.relu_backward(g, a)),)


@forward(lambda k, a, slope: k.where(k.less(a, 0), k.mul(a, slope), a))
def leaky_relu(k, g, need, a, negative_slope=0.01):
    """a, but negative_slope a where a < 0; its slope at 0 is negative_slope, as PyTorch's.

    A. L. Maas, A. Y. Hannun and A. Y. Ng, Rectifier nonlinearities improve neural network acoustic models, 2013.
    """
    return (k.leaky_relu_backward(g, a, negative_slope),)


@forward(lambda k, a, alpha: k.where(k.greater(a, 0), a, k.mul(k.expm1(k.minimum(a, 0)), alpha)))
def elu(k, g, need, a, alpha=1):
    """a, but alpha (e ** a - 1) where a <= 0 (D.-A. Clevert, T. Unterthiner and S. Hochreiter, arXiv 1511.07289)."""
    return (k.elu_backward(g, a, alpha),)


def _sigmoid(k, a):
    e = k.exp(k.neg(k.abs(a)))          # of numbers <= 0, so that nothing overflows
    return k.div(k.where(k.less(a, 0), e, 1), k.add(1, e))


@forward(lambda k, a: k.div(1, k.add(1, k.exp(k.neg(a)))), numeric=_sigmoid)
def sigmoid(k, g, need, y):
    """1 / (1 + exp(-a)), the logistic function."""
    return (k.sigmoid_backward(g, y),)


@forward(lambda k, a: k.log1p(k.exp(a)), numeric=lambda k, a: k.add(k.maximum(a, 0), k.log1p(k.exp(k.neg(k.abs(a))))))
def softplus(k, g, need, a):
    """log(1 + e ** a), a smooth relu."""
    return (k.pick_mul(g, k.sigmoid(a)),)


@forward(lambda k, a: k.mul(a, k.sigmoid(a)))
def silu(k, g, need, a):
    """a sigmoid(a), also called swish (S. Elfwing, E. Uchibe and K. Doya, arXiv 1702.03118)."""
    return (k.silu_backward(g, a),)


@forward(lambda k, a: k.div(k.mul(a, k.erfc(k.neg(k.div(a, k.constant("sqrt 2", a))))), 2))
def gelu(k, g, need, a):
    """a times the share of a normal distribution below a (D. Hendrycks and K. Gimpel, arXiv 1606.08415)."""
    return (k.gelu_backward(g, a),)


@forward(lambda k, a: k.mul(a, k.sigmoid(k.gelu_inner(a))))
def gelu_tanh(k, g, need, a):
    """gelu with (1 + tanh(u)) / 2 = sigmoid(2 u) in place of the normal distribution's integral, as GPT-2 has it."""
    return (k.gelu_tanh_backward(g, a),)


@forward(lambda k, a: k.mul(a, k.tanh(k.softplus(a))))
def mish(k, g, need, a):
    """a tanh(softplus(a)) (D. Misra, arXiv 1908.08681)."""
    t = k.tanh(k.softplus(a))
    return (k.pick_mul(g, k.add(t, k.mul(k.mul(a, k.sigmoid(a)), k.sub(1, k.mul(t, t))))),)


@forward(lambda k, a: k.div(a, k.add(1, k.abs(a))))
def softsign(k, g, need, a):
    """a / (1 + |a|)"""
    d = k.add(1, k.abs(a))
    return (k.pick_div(k.pick_div(g, d), d),)
