"""The cases of bench/kernels.py that are einsum, which makes matrix products, and attention: operations, without a graph."""


def product_cases(np, torch, case):
    """(name, shape, function of a table, function with PyTorch or None) of each."""
    import minigrad as mg
    from minigrad.tensor import constant

    rng = np.random.default_rng(0)

    def normal(*shape):
        return rng.standard_normal(shape).astype(np.float32)

    def of(operation, *given):
        """The operation of constants on a table; texts are passed as they are."""
        return lambda t: operation(*[a if isinstance(a, str) else constant(t, a) for a in given])

    def with_torch(operation, *given):
        return lambda: operation(*[a if isinstance(a, str) else torch.from_numpy(a) for a in given])

    a, b = normal(16, 64, 32), normal(16, 32, 64)
    yield case("matmul batched", "16x64x32x64", lambda t: t.matmul(a, b), lambda: torch.from_numpy(a) @ torch.from_numpy(b))
    for text, *shapes in (
            ("ij,jk->ik", (64, 784), (784, 128)), ("ij,jk->ik", (512, 512), (512, 512)),
            ("bij,bjk->bik", (16, 64, 32), (16, 32, 64)), ("bhqd,bhkd->bhqk", (8, 4, 64, 32), (8, 4, 64, 32)),
            ("bi,ij,bj->b", (64, 128), (128, 128), (64, 128)),
            ("bi,bi->b", (64, 1024), (64, 1024)), ("i,j->ij", (512,), (512,)),
            ("bij,jk->bik", (16, 64, 128), (128, 64))):
        arrays = [normal(*s) for s in shapes]
        yield case(f"einsum {text}", ",".join("x".join(map(str, s)) for s in shapes), of(mg.einsum, text, *arrays),
                   with_torch(torch.einsum, text, *arrays) if torch else None)
    for shape in ((8, 4, 64, 32), (4, 8, 256, 64), (1, 8, 1024, 64)):
        arrays = [normal(*shape) for _ in range(3)]
        attend = torch.nn.functional.scaled_dot_product_attention if torch else None
        yield case("attention", "x".join(map(str, shape)), of(mg.scaled_dot_product_attention, *arrays),
                   with_torch(attend, *arrays))
        yield case("attention, causal", "x".join(map(str, shape)), of(
            lambda *a: mg.scaled_dot_product_attention(*a, is_causal=True), *arrays),
            with_torch(lambda *a, f=attend: f(*a, is_causal=True), *arrays))
