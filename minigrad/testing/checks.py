"""What must hold of an operation on one set of inputs: one function for each promise.

    case = Case(mg.matmul, (a, b))              a, b: numpy arrays
    forward(case, np.matmul)                    the values are the oracle's
    gradient(case), second(case)                gradients and their gradients are the slopes that finite differences find
    dtype(case)                                 float32 in, float32 out, values and gradients, near those in float64
    layout(case)                                the memory order of inputs and incoming gradients does not matter
    aliasing(case)                              nobody's array is written to, and each gradient has memory of its own
    nothing(case)                               incoming gradients of 0 leave every gradient 0, whatever the inputs are
    integers(case, np.matmul)                   integers give the oracle's integers, or its numbers in the default dtype
    devices(case)                               every table of kernels gives what the numpy table gives
    torch_parity(case, torch.matmul)            values, first and second derivatives are PyTorch's

Each returns None or raises CheckFailed, which names the check, the input or output, the index and both numbers.
`@gradfuzz` and `minigrad gradcheck` run these on drawn inputs.
"""

from zlib import crc32

import numpy as np

from minigrad.kernels import reference_table
from minigrad.tensor import from_numpy, get_default_dtype
from minigrad.testing import running
from minigrad.testing.gradcheck.comparing import CheckFailed, compare, compare_all, compare_runs, zeros_for_none
from minigrad.testing.gradcheck.function_at import numbers_of
from minigrad.testing.gradcheck.gradcheck import gradcheck, gradgradcheck
from minigrad.testing.memory import arrange, relaid
from minigrad.testing.running import Case, device_names, is_float, on_device

__all__ = ["Case", "CheckFailed", "aliasing", "device_names", "devices", "dtype", "forward", "gradient", "integers", "layout",
           "nothing", "on_device", "second", "torch_parity"]

__tracebackhide__ = True        # pytest shows the error and the operation's own lines, not these

# ---- the checks

def forward(case, oracle, *, tolerance=1e-9):
    """The values, in float64, are those of the oracle: a function of the same arguments, arrays in place of tensors.

    The oracle returns an array, or several. Integer and boolean results must agree exactly.
    """
    _, outputs = running.run(case, case.args, requires_grad=False)
    with np.errstate(all="ignore"):
        expected = running.several(oracle(*_contiguous(case.args), **case.options))
    compare_all("forward", case, "output", outputs, [np.asarray(e) for e in expected], tolerance, "the oracle gives")


def gradient(case, *, differentiable=None, **options):
    """The gradients agree with the slopes: `gradcheck`, whose GradientError and keyword arguments these are (`atol`,
    `constant_outputs` ...).

    Every output of floating point must have a graph, unless `constant_outputs` names it. An operation without such outputs has
    nothing to check; differentiable=True makes that a failure, differentiable=False leaves the check out.
    """
    if _has_gradients("gradient", case, differentiable, options.get("constant_outputs", ())):
        gradcheck(_of_all(case), *_placed(case), **options)


def second(case, *, differentiable=None, **options):
    """The gradients of the gradients agree with slopes: `gradgradcheck`. differentiable: as for `gradient`."""
    if _has_gradients("second", case, differentiable, options.get("constant_outputs", ())):
        gradgradcheck(_of_all(case), *_placed(case), **options)


def dtype(case, *, kind=np.float32, tolerance=1e-4):
    """float32 inputs give float32 values and gradients, close to those that the same numbers give in float64.

    kind: float32, or float16, whose numbers above 65504 are infinite. tolerance: relative to the number itself and to the
    largest of its array (or 1).
    """
    kind = np.dtype(kind)
    narrow = running.converted(case.args, kind)
    double = running.converted(narrow, np.float64)
    _, exact = running.run(case, double)
    _, rounded = running.run(case, narrow)
    for i, (e, r) in enumerate(zip(exact, rounded)):
        wanted = running.of_kind(e.dtype, kind) if is_float(e) else e.dtype
        if r.dtype != wanted:
            raise CheckFailed(f"[dtype] {case}: output {i} is {r.dtype} for {kind} inputs, expected {wanted}")
    values, gradients = running.derivatives(case, narrow)
    for i, g in gradients.items():
        if g is not None and g.dtype != narrow[i].dtype:
            raise CheckFailed(f"[dtype] {case}: the gradient of the {narrow[i].dtype} input {i} is {g.dtype}")
    outputs, slopes = running.derivatives(case, double)
    slopes = {i: None if g is None else running.converted([g], kind)[0] for i, g in slopes.items()}
    compare_runs("dtype", case, (values, gradients), (running.converted(outputs, kind), slopes), tolerance, "float64 gives")


def layout(case, *, tolerance=1e-10, tolerance32=2e-5):
    """Inputs laid out as they are, and incoming gradients in odd layouts, give what contiguous copies give.

    In float64 and, as the fast kernels are written for it, in float32; the sums may run in another order, hence tolerances.
    """
    for kind, limit in ((np.float64, tolerance), (np.float32, tolerance32)):
        laid = [relaid(a, running.of_kind(a.dtype, kind)) if is_float(a) else a for a in case.args]
        expected = running.derivatives(case, _contiguous(laid))
        for order in ("C", "F", "reversed"):
            found = running.derivatives(case, laid, order)
            compare_runs("layout", case, found, expected, limit, "contiguous copies give")


def aliasing(case, *, tolerance=1e-10, tolerance32=2e-5):
    """Inputs, outputs and incoming gradients are left unwritten; each gradient has an array of its own, also of the same
    tensor given twice, which gets the sum of both gradients. In float64 and in float32, whose kernels are others."""
    for kind, limit in ((np.float64, tolerance), (np.float32, tolerance32)):
        before = running.converted(case.args, kind)
        _check_owners(case, before)
        _check_given_twice(case, before, limit)


def nothing(case):
    """Where nothing comes in, nothing goes out: with incoming gradients of 0, in either order, every gradient is 0, also where
    inputs are infinite or NaN; on every table, in float64 and float32."""
    for name in device_names():
        for kind in (np.float64, np.float32):
            with on_device(name), np.errstate(all="ignore"):
                for orders in ((0,), (0, 1), (1, 0)):
                    _check_nothing(case, running.converted(case.args, kind), orders, f"on {name} in {np.dtype(kind)}")


BIG = 2**24 + 1         # the first integer that float32 loses
WHOLE = {"int64": (0, 1, 2, 3, -1, -2, -3, BIG, -BIG, BIG + 2), "int32": (0, 1, 2, 3, -1, -2, -3, BIG, -BIG),
         "uint8": (0, 1, 2, 3, 200, 255), "bool": (False, True)}


def integers(case, oracle, *, keeps_dtype=True, tolerance=1e-6):
    """Integers and booleans in place of the case's numbers give the oracle's integers, exactly and in its dtype, on every
    table; where it gives floats, those of float64, rounded to the default dtype (keeps_dtype=False: to their own)."""
    rng = np.random.default_rng(crc32(b"".join(a.tobytes() for a in case.args if is_float(a))))
    kinds = rng.choice(list(WHOLE), len(case.args) if rng.random() < 0.3 else 1).tolist() * len(case.args)
    drawn = {i: np.asarray(rng.choice(WHOLE[kinds[i]], a.shape), kinds[i]) for i, a in enumerate(case.args)
             if is_float(a) and a.dtype.kind == "f"}
    case = case._replace(args=tuple(drawn.get(i, a) for i, a in enumerate(case.args)))
    for name in device_names():
        with on_device(name), np.errstate(all="ignore"):
            try:
                expected = [np.asarray(e) for e in running.several(oracle(*case.args, **case.options))]
            except (TypeError, ValueError, OverflowError):
                expected = None
            arrays = [from_numpy(a) if i in drawn else a for i, a in enumerate(case.args)]
            try:
                found = [running.array_of(y) for y in running.several(case.op(*arrays, **case.options))]
            except (TypeError, ValueError, OverflowError) as error:    # what the oracle refuses may be
                if expected is not None or not str(error).startswith("["):
                    raise CheckFailed(f"[integers] {case}: {error}; numpy gives {expected}") from error
                continue
            if expected is None or any(map(is_float, expected)):
                exact = [a.astype(np.float64) if i in drawn else a for i, a in enumerate(case.args)]
                expected = [np.asarray(e) for e in running.several(oracle(*exact, **case.options))]
            for i, (y, e) in enumerate(zip(found, expected, strict=True)):
                wanted = running.of_kind(e.dtype, get_default_dtype()) if is_float(e) and keeps_dtype else e.dtype
                if y.dtype != wanted:
                    raise CheckFailed(f"[integers] {case}: output {i} is {y.dtype} on {name}, numpy gives {e.dtype}")
                compare("integers", case, f"output {i} on {name}", y, e.astype(wanted), tolerance, "numpy gives", itself=True)


def devices(case, *, tolerance=2e-5):
    """On every table: values and gradients in float32 are those of the numpy table in float64, for a sum's gradients, too.

    Not for an operation that holds tensors, as an nn.Module does: they stay on one device.
    """
    single = running.converted(case.args, np.float32)
    for order in ("C", running.ONES):
        expected = _derivatives_on(reference_table().name, case, running.converted(single, np.float64), order)
        for name in device_names():
            found = _derivatives_on(name, case, single, order)
            compare_runs("devices", case, found, expected, tolerance, "the numpy table gives", f" on {name}")


def torch_parity(case, function, *, order=2, tolerance=1e-9):
    """Values and derivatives up to `order`, 0 to 2, in float64, are those of a PyTorch function of the same arguments.

    function: gets torch tensors for numpy arrays, anything else as it is.
    """
    import torch

    def differentiable(t):
        return t.is_floating_point() or t.is_complex()

    args = [torch.tensor(arrange(a, "C")) if isinstance(a, np.ndarray) else a for a in case.args]
    leaves = {i: a.requires_grad_() for i, a in enumerate(args) if isinstance(a, torch.Tensor) and differentiable(a)}
    outputs = [torch.as_tensor(y) for y in running.several(function(*args, **case.options))]

    def differentiate(ys, create_graph):
        total = sum((y * torch.tensor(running.incoming(y.numpy(force=True), i)).conj()).real.sum()
                    for i, y in ys.items() if y.requires_grad)
        if not getattr(total, "requires_grad", False):
            return dict.fromkeys(leaves)
        found = torch.autograd.grad(total, list(leaves.values()), allow_unused=True, create_graph=create_graph)
        return dict(zip(leaves, found))

    expected = [dict(enumerate(outputs))]
    while len(expected) <= order:
        smooth = {i: y for i, y in expected[-1].items() if y is not None and differentiable(y)}
        expected.append(differentiate(smooth, len(expected) < order))
    found = running.orders(case, order)
    for n, (ours, theirs) in enumerate(zip(found, expected)):
        theirs = {i: None if t is None else t.detach().numpy(force=True) for i, t in theirs.items()}
        what = ("output", "gradient of input", "second gradient of input")[n]
        if n == 0 and len(ours) != len(theirs):
            raise CheckFailed(f"[torch_parity] {case}: {len(ours)} outputs, PyTorch gives {len(theirs)}")
        for i in theirs:
            a, b = zeros_for_none(ours[i], theirs[i], case.args[i] if n else None)
            compare("torch_parity", case, f"{what} {i}", a, b, tolerance, "PyTorch gives")


# ---- what checks share

def _contiguous(args):
    """The arguments with every array copied, row after row."""
    return [arrange(a, "C") if isinstance(a, np.ndarray) else a for a in args]


def _has_gradients(check, case, differentiable, constant_outputs):
    if differentiable is False or not any(map(is_float, case.args)):
        return False
    outputs = running.call(case, case.args)[1]
    if any(map(running.needs_grad, outputs)):
        return True
    if differentiable or running.has_slopes(outputs, numbers_of(constant_outputs)):
        raise CheckFailed(f"[{check}] {case}: no output requires grad, though inputs do: the graph is broken; an operation "
                          "made of numpy calls needs mg.custom_function, and an output that is a constant on purpose is to be "
                          "named, constant_outputs=(0,)")
    return False


def _placed(case):
    """What gradcheck gets: float arrays; None where the operation gets something else, so that inputs keep their number."""
    return [a if is_float(a) else None for a in case.args]


def _of_all(case):
    """The operation as a function of `_placed(case)`."""
    return lambda *xs: case.op(*[x if is_float(a) else a for x, a in zip(xs, case.args)], **case.options)


def _derivatives_on(name, case, args, order):
    """The case's derivatives with the inputs on that device; an operation with tensors of its own on another is told so."""
    try:
        with on_device(name):
            return running.derivatives(case, args, order)
    except ValueError as error:
        if "on two devices" not in str(error):
            raise
        raise CheckFailed(f"[devices] {case}: with its inputs on {name}, {error}. The operation holds tensors, such as "
                          'parameters, that stay on one device, so this check cannot be made: leave "devices" out of '
                          "checks=") from error


def _check_nothing(case, args, orders, where):
    """Gradients, or gradients of gradients, with incoming ones of so much in each order."""
    leaves, outputs = running.call(case, args)
    for n, incoming in enumerate(orders):
        outputs = [y for y in outputs if running.needs_grad(y)]
        for t in leaves.values():
            t.grad = None
        for y in outputs:
            y.backward(np.full(y.shape, incoming, y.dtype), create_graph=n + 1 < len(orders), retain_graph=True)
        outputs = [t.grad for t in leaves.values()]
    for i, t in leaves.items():
        if t.grad is not None and running.array_of(t.grad).any():
            raise CheckFailed(f"[nothing] {case}: {where} the gradient of input {i} at {args} is "
                              f"{running.array_of(t.grad).tolist()}, incoming ones are {orders}")


def _check_owners(case, before):
    """Nothing is written to and no gradient shares memory, on copies of the arguments `before`."""
    args = _contiguous(before)
    values = running.run(case, _contiguous(before))[1]
    _, outputs, seeds, gradients = running.backward(case, args)
    arrays = {f"input {i}": (a, before[i]) for i, a in enumerate(args) if isinstance(a, np.ndarray)}
    arrays |= {f"output {i}": (y, values[i]) for i, y in enumerate(outputs)}
    arrays |= {f"the gradient that arrived at output {i}": (g, running.incoming(g, i)) for i, g in seeds.items()}
    for name, (now, was) in arrays.items():
        if not np.array_equal(now, was, equal_nan=is_float(now)):
            raise CheckFailed(f"[aliasing] {case}: {name} was written to, by the operation or by its gradient")
    owned = {name: now for name, (now, _) in arrays.items()}
    for i, g in gradients.items():
        if g is not None:
            for name, other in owned.items():
                if np.shares_memory(g, other):
                    raise CheckFailed(f"[aliasing] {case}: the gradient of input {i} shares its memory with {name}: return "
                                      "a copy")
            owned[f"the gradient of input {i}"] = g


def _check_given_twice(case, args, tolerance):
    """op(x, x) differentiates as op(x, y) at y = x does, the two gradients added."""
    floats = [i for i, a in enumerate(args) if is_float(a)]
    for i in floats:
        for j in (j for j in floats if j > i and (args[j].shape, args[j].dtype) == (args[i].shape, args[i].dtype)):
            given = [args[i] if n == j else a for n, a in enumerate(args)]
            try:
                apart = running.backward(case, given)[3]
            except (ValueError, ArithmeticError):
                continue                    # what is fit for one input is not for the other
            together = running.backward(case, given, same=(i, j))[3][i]
            pair = [g for g in (apart[i], apart[j]) if g is not None]
            if pair or together is not None:
                with np.errstate(all="ignore"):
                    expected = sum(pair, np.zeros(args[i].shape, args[i].dtype))
                found = np.zeros(args[i].shape) if together is None else together
                compare("aliasing", case, f"the gradient of one tensor given as inputs {i} and {j}", found, expected,
                         tolerance, "two tensors' gradients add up to")
