"""The cases of bench/kernels.py that are operations on images and sequences: one or several kernels, without a graph.

Each candidate is given arrays in the order that it works in: minigrad's images lie channels-last in memory, PyTorch's in C
order. Backward cases are the rules themselves, beside PyTorch's backward functions.
"""


def image_cases(np, torch, case, quick):
    """(name, shape, function of a table, function with PyTorch or None) of each."""
    import minigrad as mg
    from minigrad.tensor import constant

    rng = np.random.default_rng(0)

    def normal(*shape):
        return rng.standard_normal(shape).astype(np.float32)

    def tensor(a):
        return torch.from_numpy(a)

    def last(a):
        """The same in channels-last memory."""
        order = (0, *range(2, a.ndim), 1)
        return np.ascontiguousarray(a.transpose(order)).transpose(0, a.ndim - 1, *range(1, a.ndim - 1))

    def of(operation, *arrays, **options):
        """The operation of constants on a table."""
        return lambda t: operation(*[constant(t, a) for a in arrays], **options)

    F = torch.nn.functional if torch else None

    # ---- normalisation
    for rows, width in ((128, 64), (1024, 512), (256, 4096)):
        x, g, gamma, beta = normal(rows, width), normal(rows, width), normal(width), normal(width)
        shape = f"{rows}x{width}"
        yield case("layer_norm", shape, lambda t, x=x, a=gamma, b=beta: t.group_norm(x, a, b, 1, 1e-5),
                   lambda x=x, a=gamma, b=beta, w=width: F.layer_norm(tensor(x), (w,), tensor(a), tensor(b)))
        kept = {}

        def ours(t, g=g, x=x, a=gamma, kept=kept):
            if t.name not in kept:
                kept[t.name] = t.group_norm(x, a, a, 1, 1e-5)[1]
            return t.group_norm_backward(g, x, a, kept[t.name], (True, True, True), 1, 1e-5)

        def theirs(g=g, x=x, a=gamma, w=width, kept=kept):
            if "torch" not in kept:
                kept["torch"] = torch.ops.aten.native_layer_norm(tensor(x), (w,), tensor(a), tensor(a), 1e-5)[1:]
            return torch.ops.aten.native_layer_norm_backward(tensor(g), tensor(x), (w,), *kept["torch"], tensor(a), tensor(a),
                                                             (True, True, True))

        yield case("layer_norm_backward", shape, ours, theirs)
        yield case("rms_norm", shape, of(lambda x, a, w=width: mg.rms_norm(x, w, a), x, gamma),
                   lambda x=x, a=gamma, w=width: F.rms_norm(tensor(x), (w,), tensor(a)))
    for x_shape, groups in (((32, 32, 16, 16), 8), ((16, 64, 32, 32), 32), ((16, 64, 32, 32), 64)):
        x, gamma, beta = normal(*x_shape), normal(x_shape[1]), normal(x_shape[1])
        shape = f"{'x'.join(map(str, x_shape))}, {groups}"
        for name, images in (("group_norm", x), ("group_norm channels-last", last(x))):
            yield case(name, shape, lambda t, x=images, a=gamma, b=beta, k=groups: t.group_norm(x, a, b, k, 1e-5),
                       lambda x=x, a=gamma, b=beta, k=groups: F.group_norm(tensor(x), k, tensor(a), tensor(b)))

    # ---- convolution
    for x_shape, o, size, stride, pad in (((32, 16, 256), 32, 5, 1, 2), ((16, 64, 512), 64, 3, 1, 1), ((64, 1, 1024), 16, 9, 4,
                                                                                                       0)):
        x, w, b = normal(*x_shape), normal(o, x_shape[1], size), normal(o)
        yield case("conv1d", f"{'x'.join(map(str, x_shape))}->{o} {size}",
                   of(lambda x, w, b, s=stride, p=pad: mg.conv1d(x, w, b, s, p), last(x), w, b),
                   lambda x=x, w=w, b=b, s=stride, p=pad: F.conv1d(tensor(x), tensor(w), tensor(b), s, p))
    for x_shape, o, size, stride, pad in (((16, 128, 8, 8), 64, 4, 2, 1), ((16, 64, 16, 16), 32, 4, 2, 1), ((32, 32, 14, 14),
                                                                                                            1, 4, 2, 1),
                                          ((16, 64, 16, 16), 64, 3, 1, 1)):
        x, w, b = normal(*x_shape), normal(x_shape[1], o, size, size), normal(o)
        yield case("conv_transpose2d", f"{'x'.join(map(str, x_shape))}->{o} {size}/{stride}",
                   of(lambda x, w, b, s=stride, p=pad: mg.conv_transpose2d(x, w, b, s, p), last(x), w, b),
                   lambda x=x, w=w, b=b, s=stride, p=pad: F.conv_transpose2d(tensor(x), tensor(w), tensor(b), s, p))
    x, w, b = normal(4, 16, 8, 24, 24), normal(16, 16, 3, 3, 3), normal(16)
    yield case("conv3d", "4x16x8x24x24->16 3", of(lambda x, w, b: mg.conv3d(x, w, b, 1, 1), x, w, b),
               lambda x=x, w=w, b=b: F.conv3d(tensor(x), tensor(w), tensor(b), padding=1))

    # ---- pooling: windows of more than 256 places, options
    for x_shape, size in (((8, 16, 64, 64), 64), ((32, 64, 64, 64), 64), ((4, 16, 40, 40), 17)):
        if quick and x_shape[0] > 8:
            continue
        x, stride = last(normal(*x_shape)), size if size == 64 else 1
        how = (size, size), (stride, stride), (0, 0)
        shape = "x".join(map(str, x_shape)) + f" {size}x{size}"
        yield case("max_pool2d", shape, lambda t, x=x, how=how: t.max_pool2d(x, *how),
                   lambda x=x, k=size, s=stride: F.max_pool2d(tensor(x), k, s, return_indices=True))
        yield case("avg_pool2d", shape, lambda t, x=x, how=how: t.avg_pool2d(x, *how),
                   lambda x=x, k=size, s=stride: F.avg_pool2d(tensor(x), k, s))
    x = normal(32, 64, 31, 31)
    for name, options in (("max_pool2d ceil", {"ceil_mode": True}), ("max_pool2d indices", {"return_indices": True})):
        yield case(name, "32x64x31x31 2x2", of(lambda x, o=options: mg.max_pool2d(x, 2, **o), last(x)),
                   lambda x=x, o=options: F.max_pool2d(tensor(x), 2, **o))
    yield case("adaptive_avg_pool2d", "32x64x31x31->7", of(lambda x: mg.adaptive_avg_pool2d(x, 7), last(x)),
               lambda x=x: F.adaptive_avg_pool2d(tensor(x), 7))

    # ---- images of another size, embedding
    for x_shape, how in (((16, 32, 16, 16), {"scale_factor": 2}), ((16, 32, 16, 16), {"scale_factor": 2, "mode": "bilinear"}),
                         ((8, 3, 64, 64), {"size": 224, "mode": "bilinear"}), ((8, 16, 64, 64), {"size": 48,
                                                                                                 "mode": "bicubic"}),
                         ((8, 3, 224, 224), {"size": 64, "mode": "bilinear", "antialias": True})):
        x = normal(*x_shape)
        text = f"{'x'.join(map(str, x_shape))} {how.get('size') or 'x2'}"
        for name, images in (("interpolate", x), ("interpolate channels-last", last(x))):
            yield case(f"{name} {how.get('mode', 'nearest')}{' aa' * ('antialias' in how)}", text,
                       of(lambda x, o=how: mg.interpolate(x, **o), images), lambda x=x, o=how: F.interpolate(tensor(x), **o))
    for rows, width, n in ((100, 16, 32), (5000, 64, 512), (50_000, 256, 4096)):
        w, index = normal(rows, width), rng.integers(0, rows, n)
        yield case("embedding", f"{n} of {rows}x{width}", of(lambda w, i=index: mg.embedding(i, w), w),
                   lambda w=w, i=index: F.embedding(tensor(i), tensor(w)))
