"""Products of matrices."""

from minigrad.testing.kernels.claim import ORDER, Claim, finite, product_size
from minigrad.testing.kernels.drawing import arguments


def products(d):
    """M, N, K: around the tile of the product, and now and then several tiles and blocks."""
    if d.large:
        return d.one_of((130, 70, 50), (64, 96, 300), (1, 40, 5_000), (300, 3, 33), (257, 129, 70))
    return tuple(d.one_of(1, 2, 3, 4, 6, 7, 8, 13, 15, 16, 17, 31, 33, 0) for _ in range(3))


@arguments()
def matrices(d):
    """Now and then many at once, of leading axes that broadcast."""
    m, n, k = products(d)
    lead = d.one_of((), (), (2,), (3, 2), (0,)) if not d.large else ()
    if d.large and d.one_of(True, False):
        lead, (m, n, k) = (20,), (40, 60, 50)
    return (d.array(*d.one_of(lead, lead, (), lead[:-1] + (1,) * len(lead[-1:])), m, k),
            d.array(*d.one_of(lead, (), lead[-1:], (1,) * len(lead[:1]) + lead[1:]), k, n))


@arguments()
def affine(d):
    n, o, i = products(d)
    return d.array(n, i), d.array(o, i), d.maybe(o)


@arguments()
def affine_gradient(d):
    n, o, i = products(d)
    return d.like(n, o), d.array(n, i), d.array(o, i), tuple(d.one_of(True, False) for _ in range(3))


def affine_gradient_size(g, x, w, need):
    """(gx, gw, gb), None for those not asked for."""
    size = product_size("matmul")
    return (size(g, w) if need[0] else None, size(g.T, x) if need[1] else None, finite(g).sum(0) if need[2] else None)


KERNELS = {
    "matmul": Claim(matrices, 16, ORDER, product_size("matmul")),
    "linear": Claim(affine, 16, ORDER, product_size("linear")),
    "linear_backward": Claim(affine_gradient, 16, ORDER, affine_gradient_size),
}
