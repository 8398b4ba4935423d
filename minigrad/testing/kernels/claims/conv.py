"""Convolution and its gradients."""

from minigrad.testing.kernels.claim import ORDER, Claim, finite, product_size
from minigrad.testing.kernels.drawing import arguments, geometry


def convolution(d):
    """x, w and the geometry of a convolution, and the shape of its result."""
    if d.large:
        n, c, o, groups = d.one_of((8, 16, 32, 1), (3, 8, 8, 2), (2, 17, 33, 1), (4, 24, 24, 24))
        image, window, stride, padding, dilation = (20, 21), (3, 3), (1, 1), (1, 1), (1, 1)
    else:
        groups = d.one_of(1, 1, 2, 3)
        n, c, o = d.one_of(1, 2, 3, 0), groups * d.one_of(1, 2, 3, 8, 17), groups * d.one_of(1, 2, 3, 5, 8, 17, 33)
        image, window, stride, padding, dilation = geometry(d)
    side = [(image[i] + 2 * padding[i] - (window[i] - 1) * dilation[i] - 1) // stride[i] + 1 for i in range(2)]
    return (n, c, *image), (o, c // groups, *window), (stride, padding, dilation, groups), (n, o, *side)


@arguments()
def images(d):
    x, w, how, y = convolution(d)
    return d.array(*x), d.array(*w), d.maybe(y[1]), how


@arguments()
def image_gradient(d):
    x, w, how, y = convolution(d)
    return d.like(*y), d.array(*w), how, x


@arguments()
def convolution_gradient(d):
    x, w, how, y = convolution(d)
    return d.like(*y), d.array(*x), d.array(*w), None, tuple(d.one_of(True, False) for _ in range(3)), how


@arguments()
def weight_gradient(d):
    x, w, how, y = convolution(d)
    return d.like(*y), d.array(*x), how, w


def convolution_gradient_size(g, x, w, aux, need, geometry):
    """(gx, gw, gb), None for those not asked for."""
    return (product_size("conv2d_input_grad")(g, w, geometry, x.shape) if need[0] else None,
            product_size("conv2d_weight_grad")(g, x, geometry, w.shape) if need[1] else None,
            finite(g).sum((0, 2, 3)) if need[2] else None)


KERNELS = {
    "conv2d": Claim(images, 16, ORDER, product_size("conv2d"), results=1),
    "conv2d_backward": Claim(convolution_gradient, 16, ORDER, convolution_gradient_size),
    "conv2d_input_grad": Claim(image_gradient, 16, ORDER, product_size("conv2d_input_grad")),
    "conv2d_weight_grad": Claim(weight_gradient, 16, ORDER, product_size("conv2d_weight_grad")),
}
