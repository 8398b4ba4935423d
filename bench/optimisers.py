"""The cases of bench/kernels.py for optimisers: their kernels, and whole steps through the classes that users call, theirs and
ours.

PyTorch's step is its fastest for these parameters, of the loop, foreach=True and, where it has it, fused=True.
"""

import time

# the parameters of a small network and of a CIFAR network
NETWORKS = (((6, 1, 5, 5), (6,), (16, 6, 5, 5), (16,), (120, 400), (120,), (84, 120), (84,), (10, 84), (10,)),
            ((32, 3, 3, 3), (32,), (32, 32, 3, 3), (32,), (64, 32, 3, 3), (64,), (64, 64, 3, 3), (64,), (512, 2304), (512,),
             (10, 512), (10,)))
KINDS = {   # name: (class, options); PyTorch has no Lion
    "SGD": ("SGD", {}), "SGD momentum": ("SGD", {"momentum": 0.9}),
    "SGD Nesterov": ("SGD", {"momentum": 0.9, "nesterov": True}),
    "Adam": ("Adam", {}), "AMSGrad": ("Adam", {"amsgrad": True}), "AdamW": ("AdamW", {}), "NAdam": ("NAdam", {}),
    "RAdam": ("RAdam", {}), "Adamax": ("Adamax", {}), "RMSprop": ("RMSprop", {}),
    "RMSprop centered": ("RMSprop", {"momentum": 0.9, "centered": True}), "Adagrad": ("Adagrad", {}),
    "Adadelta": ("Adadelta", {}), "Lion": ("Lion", {}), "Rprop": ("Rprop", {}), "ASGD": ("ASGD", {}),
}


def optimiser_steps(np, torch, case):
    """(name, shape, function of a table, function with PyTorch or None)."""
    from minigrad import nn, optim

    rng = np.random.default_rng(0)
    for shapes in (((40, 784), (40,), (10, 40), (10,)), ((512, 2304), (512,), (10, 512), (10,))):
        p, g = ([rng.standard_normal(s).astype(np.float32) * np.float32(size) for s in shapes] for size in (1, 1e-3))
        zeros = [[np.zeros(s, np.float32) for s in shapes] for _ in range(3)]
        lr, step = np.array(1e-4), np.array(0)
        total = f"{sum(a.size for a in p)}"
        yield case("sgd_step", total, lambda t, p=p, g=g, lr=lr: t.sgd_step(p, g, None, lr, 0, 0, False, False))
        yield case("sgd_step momentum", total,
                   lambda t, p=p, g=g, v=zeros[0], lr=lr: t.sgd_step(p, g, v, lr, 0.9, 0, False, False))
        yield case("adam_step", total, lambda t, p=p, g=g, m=zeros[1], v=zeros[2], s=step, lr=lr: t.adam_step(
            p, g, m, v, s, lr, 0.9, 0.999, 1e-8, 0, False))
    for shapes in NETWORKS:
        values = [rng.standard_normal(s).astype(np.float32) for s in shapes]
        grads = [rng.standard_normal(s).astype(np.float32) * np.float32(1e-3) for s in shapes]
        total = f"{sum(a.size for a in values)}"

        def ours(make, values=values, grads=grads):
            """A function of a table: `make(parameters)` gives what is called, once for each table."""
            made = {}

            def run(table):
                if table.name not in made:
                    ps = [nn.Parameter(a, device=table.name) for a in values]
                    for p, g in zip(ps, grads, strict=True):
                        p.grad = nn.Parameter(g, device=table.name).detach()
                    made[table.name] = make(ps)
                made[table.name]()

            return run

        def theirs(make, values=values, grads=grads):
            ps = [torch.nn.Parameter(torch.tensor(a)) for a in values]
            for p, g in zip(ps, grads, strict=True):
                p.grad = torch.tensor(g)
            return make(ps)

        for name, (kind, options) in KINDS.items():
            fastest = None
            if torch is not None and hasattr(torch.optim, kind):
                def make(ps, how, kind=kind, options=options):
                    return getattr(torch.optim, kind)(ps, lr=1e-6, **options, **how).step

                with torch.enable_grad():
                    fastest = quickest([lambda how=how, make=make: theirs(lambda ps: make(ps, how))
                                        for how in ({"foreach": False}, {"foreach": True}, {"fused": True})])
            yield case(f"{name}.step", total, ours(lambda ps, kind=kind, options=options: getattr(optim, kind)(
                ps, lr=1e-6, **options).step), fastest)
        yield case("clip_grad_norm_", total, ours(lambda ps: lambda: optim.clip_grad_norm_(ps, 1e9)),
                   theirs(lambda ps: lambda: torch.nn.utils.clip_grad_norm_(ps, 1e9)) if torch else None)
        yield case("EMA.update", total, ours(lambda ps: mean(nn, optim, ps)), theirs(lambda ps: torchs_mean(torch, ps))
                   if torch else None)


def mean(nn, optim, ps):
    class Holder(nn.Module):
        def __init__(self):
            self.ps = ps

    model = Holder()
    ema = optim.EMA(model)
    return lambda: ema.update(model)


def torchs_mean(torch, ps):
    model = torch.nn.ParameterList(ps)
    with torch.enable_grad():
        ema = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.999))
    return lambda: ema.update_parameters(model)


def quickest(makes):
    """The quickest of the ways that there are."""
    found = []
    for make in makes:
        try:
            step = make()
            step(), step()
        except (TypeError, RuntimeError):       # this optimiser has no such way
            continue
        times = []
        for _ in range(20):
            start = time.perf_counter()
            step()
            times.append(time.perf_counter() - start)
        found.append((min(times), len(found), step))
    return min(found)[2] if found else None
