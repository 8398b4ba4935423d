"""The native table: the kernels of csrc/ through minigrad._native.

Each method asks the extension first. It answers None where it cannot serve the arguments (another dtype than float32, a
layout or a broadcast it does not know), and then the reference kernel of the same name runs.
"""

import numpy

import minigrad._native as _native  # not `from`: a missing module is then a ModuleNotFoundError
from minigrad.kernels.places import rows_of
from minigrad.kernels.reference import Kernels, is_basic


class Native(Kernels):
    """Kernels on numpy arrays, float32 in C++. Images lie channels-last in memory under their NCHW shape."""

    name = "native"

    def __init__(self):
        super().__init__(numpy)

    # ---- arrays

    def copy(self, a, out=None):
        y = _native.copy(a) if out is None else None
        return super().copy(a, out) if y is None else y

    # ---- the adjoints of indexing, in float64 too

    def put(self, g, index, shape, out=None):
        y = None
        if not is_basic(index):
            places, sizes = rows_of(index, shape)
            y = _native.put(numpy.ascontiguousarray(g), places, sizes, shape, out)
        return super().put(g, index, shape, out) if y is None else y

    def put_along(self, g, index, axis, shape, out=None):
        places = numpy.ascontiguousarray(index, numpy.int64)
        y = _native.put_along(numpy.ascontiguousarray(g), places, axis, shape, out)
        return super().put_along(g, index, axis, shape, out) if y is None else y

    # ---- elementwise

    def add(self, a, b, out=None):
        y = _native.add(a, b, out)
        return super().add(a, b, out) if y is None else y

    def sub(self, a, b, out=None):
        y = _native.sub(a, b, out)
        return super().sub(a, b, out) if y is None else y

    def mul(self, a, b, out=None):
        y = _native.mul(a, b, out)
        return super().mul(a, b, out) if y is None else y

    def div(self, a, b, out=None):
        y = _native.div(a, b, out)
        return super().div(a, b, out) if y is None else y

    def pick_mul(self, a, b, out=None):
        y = _native.pick_mul(a, b, out)
        return super().pick_mul(a, b, out) if y is None else y

    def pick_div(self, a, b, out=None):
        y = _native.pick_div(a, b, out)
        return super().pick_div(a, b, out) if y is None else y

    def maximum(self, a, b, out=None):
        y = _native.maximum(a, b, out)
        return super().maximum(a, b, out) if y is None else y

    def minimum(self, a, b, out=None):
        y = _native.minimum(a, b, out)
        return super().minimum(a, b, out) if y is None else y

    def neg(self, a, out=None):
        y = _native.neg(a, out)
        return super().neg(a, out) if y is None else y

    def abs(self, a, out=None):
        y = _native.abs(a, out)
        return super().abs(a, out) if y is None else y

    def exp(self, a, out=None):
        y = _native.exp(a, out)
        return super().exp(a, out) if y is None else y

    def log(self, a, out=None):
        y = _native.log(a, out)
        return super().log(a, out) if y is None else y

    def sqrt(self, a, out=None):
        y = _native.sqrt(a, out)
        return super().sqrt(a, out) if y is None else y

    def tanh(self, a, out=None):
        y = _native.tanh(a, out)
        return super().tanh(a, out) if y is None else y

    def sigmoid(self, a, out=None):
        y = _native.sigmoid(a, out)
        return super().sigmoid(a, out) if y is None else y

    def relu(self, a, out=None):
        y = _native.relu(a, out)
        return super().relu(a, out) if y is None else y

    def relu_backward(self, g, y, out=None):
        ga = _native.relu_backward(g, y, out)
        return super().relu_backward(g, y, out) if ga is None else ga

    def sigmoid_backward(self, g, y, out=None):
        ga = _native.sigmoid_backward(g, y, out)
        return super().sigmoid_backward(g, y, out) if ga is None else ga

    def tanh_backward(self, g, y, out=None):
        ga = _native.tanh_backward(g, y, out)
        return super().tanh_backward(g, y, out) if ga is None else ga

    # ---- reductions

    def sum(self, a, axis=None, keepdims=False, out=None):
        y = _native.sum(a, axis, keepdims, out)
        return super().sum(a, axis, keepdims, out) if y is None else y

    def mean(self, a, axis=None, keepdims=False, out=None):
        y = _native.mean(a, axis, keepdims, out)
        return super().mean(a, axis, keepdims, out) if y is None else y

    def max(self, a, axis, keepdims=False, out=None):
        y = _native.max(a, axis, keepdims, out)
        return super().max(a, axis, keepdims, out) if y is None else y

    def argmax(self, a, axis, keepdims=False, out=None):
        y = _native.argmax(a, axis, keepdims, out)
        return super().argmax(a, axis, keepdims, out) if y is None else y

    def sum_to(self, a, shape, out=None):
        y = _native.sum_to(a, shape, out)
        return super().sum_to(a, shape, out) if y is None else y

    # ---- products

    def matmul(self, a, b, out=None):
        y = _native.matmul(a, b, out)
        return super().matmul(a, b, out) if y is None else y

    def linear(self, x, w, b=None, out=None):
        y = _native.linear(x, w, b, out)
        return super().linear(x, w, b, out) if y is None else y

    def linear_backward(self, g, x, w, need):
        parts = _native.linear_backward(g, x, w, need)
        return super().linear_backward(g, x, w, need) if parts is None else parts

    # ---- convolution and pooling

    def conv2d(self, x, w, b, stride, padding, dilation, groups, out=None):
        y = _native.conv2d(x, w, b, stride, padding, dilation, groups, out)
        return super().conv2d(x, w, b, stride, padding, dilation, groups, out) if y is None else y

    def conv2d_input_grad(self, g, w, stride, padding, dilation, groups, shape, out=None):
        gx = _native.conv2d_input_grad(g, w, stride, padding, dilation, groups, shape, out)
        return super().conv2d_input_grad(g, w, stride, padding, dilation, groups, shape, out) if gx is None else gx

    def conv2d_weight_grad(self, g, x, stride, padding, dilation, groups, shape, out=None):
        gw = _native.conv2d_weight_grad(g, x, stride, padding, dilation, groups, shape, out)
        return super().conv2d_weight_grad(g, x, stride, padding, dilation, groups, shape, out) if gw is None else gw

    def max_pool2d(self, x, size, stride, padding, out=None):
        y = _native.max_pool2d(x, size, stride, padding, out)
        return super().max_pool2d(x, size, stride, padding, out) if y is None else y

    def max_pool2d_gather(self, x, index, size, stride, padding, out=None):
        y = _native.max_pool2d_gather(x, index, size, stride, padding, out)
        return super().max_pool2d_gather(x, index, size, stride, padding, out) if y is None else y

    def max_pool2d_scatter(self, g, index, size, stride, padding, shape, out=None):
        gx = _native.max_pool2d_scatter(g, index, size, stride, padding, shape, out)
        return super().max_pool2d_scatter(g, index, size, stride, padding, shape, out) if gx is None else gx

    def avg_pool2d(self, x, size, stride, padding, out=None):
        y = _native.avg_pool2d(x, size, stride, padding, out)
        return super().avg_pool2d(x, size, stride, padding, out) if y is None else y

    def avg_pool2d_backward(self, g, size, stride, padding, shape, out=None):
        gx = _native.avg_pool2d_backward(g, size, stride, padding, shape, out)
        return super().avg_pool2d_backward(g, size, stride, padding, shape, out) if gx is None else gx

    # ---- softmax and the losses; cross_entropy keeps softmax(z) as its aux

    def softmax(self, z, axis, out=None):
        y = _native.softmax(z, axis, out)
        return super().softmax(z, axis, out) if y is None else y

    def softmax_backward(self, g, y, axis, out=None):
        gz = _native.softmax_backward(g, y, axis, out)
        return super().softmax_backward(g, y, axis, out) if gz is None else gz

    def log_softmax(self, z, axis, out=None):
        y = _native.log_softmax(z, axis, out)
        return super().log_softmax(z, axis, out) if y is None else y

    def log_softmax_backward(self, g, y, axis, out=None):
        gz = _native.log_softmax_backward(g, y, axis, out)
        return super().log_softmax_backward(g, y, axis, out) if gz is None else gz

    def cross_entropy(self, z, target, reduction, out=None):
        y = _native.cross_entropy(z, target, reduction, out)
        return super().cross_entropy(z, target, reduction, out) if y is None else y

    def cross_entropy_backward(self, g, z, target, aux, reduction, out=None):
        gz = _native.cross_entropy_backward(g, z, target, aux, reduction, out)
        return super().cross_entropy_backward(g, z, target, aux, reduction, out) if gz is None else gz

    def mse(self, a, b, reduction, out=None):
        y = _native.mse(a, b, reduction, out)
        return super().mse(a, b, reduction, out) if y is None else y

    def mse_backward(self, g, a, b, reduction, out=None):
        ga = _native.mse_backward(g, a, b, reduction, out)
        return super().mse_backward(g, a, b, reduction, out) if ga is None else ga

    def count_correct(self, z, target):
        count = _native.count_correct(z, target)
        return super().count_correct(z, target) if count is None else count

    # ---- batch norm; its aux is the mean and the standard deviation as csrc/kernels/batch_norm.cpp keeps them

    def batch_norm(self, x, gamma, beta, eps, out=None):
        y = _native.batch_norm(x, gamma, beta, eps, out)
        return super().batch_norm(x, gamma, beta, eps, out) if y is None else y

    def batch_norm_backward(self, g, x, gamma, aux, eps):
        gradients = _native.batch_norm_backward(g, x, gamma, aux)
        return super().batch_norm_backward(g, x, gamma, aux, eps) if gradients is None else gradients

    def batch_norm_inference(self, x, mean, var, gamma, beta, eps, out=None):
        y = _native.batch_norm_inference(x, mean, var, gamma, beta, eps, out)
        return super().batch_norm_inference(x, mean, var, gamma, beta, eps, out) if y is None else y

    # ---- dropout, optimiser steps, batches

    def dropout(self, x, p, key, out=None):
        y = _native.dropout(x, p, key, out)
        return super().dropout(x, p, key, out) if y is None else y

    def sgd_step(self, params, grads, velocities, lr, momentum, weight_decay, nesterov, keras):
        if _native.sgd_step(params, grads, velocities, lr, momentum, weight_decay, nesterov, keras) is None:
            super().sgd_step(params, grads, velocities, lr, momentum, weight_decay, nesterov, keras)

    def adam_step(self, params, grads, means, squares, step, lr, beta1, beta2, eps, weight_decay, decoupled):
        if _native.adam_step(params, grads, means, squares, step, lr, beta1, beta2, eps, weight_decay, decoupled) is None:
            super().adam_step(params, grads, means, squares, step, lr, beta1, beta2, eps, weight_decay, decoupled)

    def gather_batch(self, images, index, scale, shift, out=None):
        y = _native.gather_batch(images, index, scale, shift, out)
        return super().gather_batch(images, index, scale, shift, out) if y is None else y
