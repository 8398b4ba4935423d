"""Cases of `bench/kernels.py`: picking, adding and writing at places that an index names, and borders."""


def cases(np, torch, rng):
    """(name, shape, function of a table, function with PyTorch or None)."""

    def normal(*shape):
        return rng.standard_normal(shape).astype(np.float32)

    def tensor(a):
        return torch.from_numpy(a)

    def case(name, shape, ours, theirs=None):
        return name, shape, ours, theirs if torch else None

    # ---- the backward of indexing: PyTorch's is index_put_ or scatter_add_ into zeros, and the embedding's own
    def rows_put(rows, width, picked, places):
        g, shape = normal(picked, width), (rows, width)
        text = f"{picked} of {rows}x{width}"
        yield case("put", text, lambda t, g=g: t.put(g, places, shape),
                   lambda g=g: torch.zeros(shape).index_put_((tensor(places),), tensor(g), accumulate=True))
        yield case("put, as an embedding", text, lambda t, g=g: t.put(g, places, shape),
                   lambda g=g: torch.ops.aten.embedding_dense_backward(tensor(g), tensor(places), rows, -1, False))

    for rows, width in ((1000, 64), (60_000, 98)):
        yield from rows_put(rows, width, rows, rng.permutation(rows))
    for rows, width, picked in ((100, 16, 32), (5000, 64, 512), (50_000, 64, 4096)):
        yield from rows_put(rows, width, picked, rng.integers(0, rows, picked))
    for n, c in ((10, 10), (128, 10), (60_000, 10)):
        places, g, shape = (np.arange(n), rng.integers(0, c, n)), normal(n), (n, c)
        yield case("put [arange(n), t]", f"{n}x{c}", lambda t, i=places, g=g, s=shape: t.put(g, i, s),
                   lambda i=places, g=g, s=shape: torch.zeros(s).index_put_(tuple(map(tensor, i)), tensor(g), True))
    for picked, axis, shape in (((10, 1), 1, (10, 10)), ((60_000, 1), 1, (60_000, 10)), ((1000, 300), 1, (1000, 500)),
                                ((1000, 300), 0, (500, 300))):
        i, g = rng.integers(0, shape[axis], picked), normal(*picked)
        yield case("put_along", f"{picked[0]}x{picked[1]}, axis {axis} of {shape[axis]}",
                   lambda t, i=i, g=g, a=axis, s=shape: t.put_along(g, i, a, s),
                   lambda i=i, g=g, a=axis, s=shape: torch.zeros(s).scatter_add_(a, tensor(i), tensor(g)))

    # ---- picking slices, adding to them, borders
    for shape, axis, picked in (((1000, 64), 0, 512), ((50_000, 64), 0, 4096), ((256, 1000), 1, 300), ((64, 32, 30), 1, 16)):
        a, i = normal(*shape), rng.integers(0, shape[axis], picked)
        text = f"{picked} of axis {axis} of {'x'.join(map(str, shape))}"
        where, source = (slice(None),) * axis + (i,), normal(*shape[:axis], picked, *shape[axis + 1:])
        yield case("getitem, index_select", text, lambda t, a=a, w=where: t.getitem(a, w),
                   lambda a=a, axis=axis, i=i: tensor(a).index_select(axis, tensor(i)))
        yield case("add_at, index_add", text, lambda t, a=a, w=where if axis else i, g=source: t.add_at(a, w, g),
                   lambda a=a, axis=axis, i=i, g=source: tensor(a).index_add(axis, tensor(i), tensor(g)))
    for shape, axis, sizes in (((1000, 64), 1, (1000, 32)), ((500, 300), 0, (1000, 300)), ((60_000, 10), 1, (60_000, 1))):
        a, g, i = normal(*shape), normal(*sizes), rng.integers(0, shape[axis], sizes)
        text = f"{'x'.join(map(str, sizes))} of axis {axis} of {shape[axis]}"
        yield case("add_along, scatter_add", text,
                   lambda t, a=a, g=g, i=i, axis=axis: t.add_along(a, i, g, axis),
                   lambda a=a, g=g, i=i, axis=axis: tensor(a).scatter_add(axis, tensor(i), tensor(g)))
        yield case("take_along, gather", text, lambda t, a=a, i=i, axis=axis: t.take_along(a, i, axis),
                   lambda a=a, i=i, axis=axis: tensor(a).gather(axis, tensor(i)))
        yield case("overwrite_along, scatter", text, lambda t, a=a, g=g, i=i, axis=axis: t.overwrite_along(a, i, g, axis),
                   lambda a=a, g=g, i=i, axis=axis: tensor(a).scatter(axis, tensor(i), tensor(g)))
    for x in (normal(10, 40), normal(64, 3, 32, 32), normal(64, 32, 32, 3).transpose(0, 3, 1, 2), normal(32, 64, 30, 30)):
        ends = [(0, 0)] * (x.ndim - 2) + [(1, 1), (1, 2)]
        shape = "x".join(map(str, x.shape)) + (", channels last" if not x.flags.c_contiguous else "")
        yield case("pad", shape, lambda t, x=x, e=tuple(ends): t.pad(x, e),
                   lambda x=x: torch.nn.functional.pad(tensor(x), (1, 2, 1, 1)))
