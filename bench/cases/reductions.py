"""Cases of bench/kernels.py: sums, scans, orders, products and spreads, along rows and columns."""


def cases(np, torch, normal, images, case):
    """normal, images: random numbers of a shape, images channels-last; case: what one case is made of."""
    def tensor(a):
        return torch.from_numpy(a)

    for n in (400, 1_000_000):
        a = normal(n)
        rows = a.reshape(-1, 40)
        yield case("sum", f"{n}", lambda t, a=a: t.sum(a), lambda a=a: tensor(a).sum())
        yield case("sum over 0", f"{n // 40}x40", lambda t, a=rows: t.sum(a, 0), lambda a=rows: tensor(a).sum(0))
        yield case("sum over 1", f"{n // 40}x40", lambda t, a=rows: t.sum(a, 1), lambda a=rows: tensor(a).sum(1))
        yield case("max over 1", f"{n // 40}x40", lambda t, a=rows: t.max(a, 1), lambda a=rows: tensor(a).amax(1))
    x = images(32, 32, 32, 32)
    yield case("sum over 0,2,3", "32x32x32x32", lambda t, x=x: t.sum(x, (0, 2, 3)), lambda x=x: tensor(x).sum((0, 2, 3)))

    for rows in ((128, 10), (128, 1000), (1, 1_000_000), (25_000, 40)):
        a, c, shape = normal(*rows), normal(*rows) * np.float32(0.5), f"{rows[0]}x{rows[1]}"
        near = (1 + a * 1e-3).astype(np.float32)
        for axis in (1, 0) if rows[0] > 1 else (1,):
            for name in ("cumsum", "cumprod"):
                yield case(f"{name} over {axis}", shape, lambda t, f=name, a=near, i=axis: getattr(t, f)(a, i),
                           lambda f=name, a=near, i=axis: getattr(torch, f)(tensor(a), i))
            for name in ("cummax", "cummin"):
                yield case(f"{name} over {axis}", shape, lambda t, f=name, a=a, i=axis: getattr(t, f)(a, i),
                           lambda f=name, a=a, i=axis: getattr(torch, f)(tensor(a), i))
            yield case(f"logcumsumexp over {axis}", shape, lambda t, a=a, i=axis: t.logcumsumexp(a, i),
                       lambda a=a, i=axis: torch.logcumsumexp(tensor(a), i))
            yield case(f"recurrence over {axis}", shape, lambda t, a=a, c=c, i=axis: t.recurrence(a, c, i))
            yield case(f"prod over {axis}", shape, lambda t, a=near, i=axis: t.prod(a, i),
                       lambda a=near, i=axis: tensor(a).prod(i))
            yield case(f"var over {axis}", shape, lambda t, a=a, i=axis: t.var(a, i, 1),
                       lambda a=a, i=axis: tensor(a).var(i))
            yield case(f"min over {axis}", shape, lambda t, a=a, i=axis: t.min(a, i), lambda a=a, i=axis: tensor(a).amin(i))
        yield case("argmin over 1", shape, lambda t, a=a: t.argmin(a, 1), lambda a=a: tensor(a).argmin(1))
        yield case("sort", shape, lambda t, a=a: t.sort(a, 1), lambda a=a: tensor(a).sort(1))
        yield case("argsort", shape, lambda t, a=a: t.argsort(a, 1), lambda a=a: torch.argsort(tensor(a), dim=1, stable=True))
        yield case("topk 5", shape, lambda t, a=a: t.topk(a, 5, 1), lambda a=a: tensor(a).topk(5, 1))
