"""docs/names.md: what is here, and what PyTorch, numpy and Keras call the same thing; made from the operations' descriptions
and from the table of second names."""

import inspect

import minigrad as mg
from minigrad import nn, optim
from minigrad.ops import aliases
from minigrad.system.elsewhere import names
from minigrad.testing.operations import descriptions, discover

HEAD = """\
# Coming from PyTorch, numpy or Keras

Written by `python -m tests.names` from the operations' descriptions, the second names in `minigrad/ops/aliases.py` and the
public names of the three libraries. Functions have numpy's names and arguments, layers and optimisers PyTorch's. PyTorch's
other names are second names of the same functions; `dim=` and `keepdim=` stand for `axis=` and `keepdims=` everywhere.

## Where numpy and PyTorch mean two things

| name | here, as in numpy | PyTorch's |
| --- | --- | --- |
| `t.max(axis)`, `t.min(axis)` | the values | `t.max(dim=1)`: values and indices |
| `t.sort(axis)` | the values | `t.sort(dim=1)`: values and indices; `descending=True` |
| `t.median(axis)` | the mean of two in the middle | `t.median(dim=1)`: the lower of them, and its index |
| `t.cummax(axis)`, `t.cummin(axis)` | the values | `t.cummax(dim=1)`: values and indices |
| `t.std(axis)`, `t.var(axis)` | divided by n (`ddof=0`) | `t.std(dim=0)`: divided by n - 1 |
| `t.norm(ord)` | of a matrix its norm as a matrix | `t.norm(p=1)`: of all elements, as of one vector |
| `t.split(n, axis)` | n equal pieces | `t.split(n, dim=0)`: pieces of n |
| `t.nonzero()` | a tuple, an index | `t.nonzero(as_tuple=False)`: rows of one tensor |
| `t.sort(descending=True)` | the values | `t.sort(dim=-1, descending=True)` |
| `t.equal(u)` | element by element | `mg.allclose(t, u, 0, 0)`, or `(t == u).all()`: one bool |
| `mg.meshgrid(x, y)` | `indexing="xy"` | `mg.meshgrid(x, y, indexing="ij")` |
| `t.scatter(axis, index, src)` | of a tensor | `t.scatter(dim, index, value=1.0)`, `reduce="add"` |
| `t.size` | the number of elements | `t.shape`, `t.shape[i]` |
| `t.repeat(n, axis)` | each element n times | `t.tile(n, m)` |
| `t.transpose(i, j)` | the axes in that order | `t.swapaxes(i, j)`, `t.transpose(dim0=i, dim1=j)` |
"""


def torch_names(name):
    """What a description says, and PyTorch's own names for the same."""
    said = {d.torch for d in descriptions(name)[name] if isinstance(d.torch, str)}
    said |= {other for other, meant in aliases.FUNCTIONS.items() if meant == name}
    for space in ("torch", "torch.nn.functional", "torch.linalg", "torch.fft"):
        if (bare := name.rpartition(".")[2]) in names()[space]:
            said.add(f"{space}.{bare}".removeprefix("torch."))
    known = names()["torch"] | {f"nn.functional.{n}" for n in names()["torch.nn.functional"]} | {
        f"linalg.{n}" for n in names()["torch.linalg"]} | {f"fft.{n}" for n in names()["torch.fft"]}
    return sorted(n for n in said if n in known)


def others(name, *spaces):
    """The library's name for it: that name, or one of its second names."""
    candidates = [name, *(other for other, meant in aliases.FUNCTIONS.items() if meant == name), *SAME.get(name, ())]
    return sorted({f"{space.partition('.')[2] + '.' if '.' in space else ''}{n}" for space in spaces for n in candidates
                   if n in names()[space]})


SAME = {"mod": ["remainder"], "div": ["true_divide", "divide"], "invert": ["bitwise_not"], "neg": ["negative"],
        "concatenate": ["concat"], "sub": ["subtract"], "mul": ["multiply"]}


def rows(found):
    return "\n".join(f"| {' | '.join(', '.join(f'`{n}`' for n in cell) for cell in row)} |" for row in found)


def text():
    """The page."""
    public = [(name, f.__name__) for name, f in discover().items()
              if getattr(mg, name, None) is f or name.startswith("linalg.")]
    functions = [[[name], torch_names(name), others(bare, "numpy", "numpy.linalg"), others(bare, "keras.ops", "keras.losses")]
                 for name, bare in public]
    functions += [[[f"fft.{name}"], torch_names(name), others(name, "numpy.fft"), others(name, "keras.ops")]
                  for name in mg.fft.__all__]
    layers = [[[name], [name] if name in names()["torch.nn"] else [], [name] if name in names()["keras.layers"] else []]
              for name in nn.__all__ if inspect.isclass(getattr(nn, name))]
    steps = [[[name], [name] if name in names()["torch.optim"] | names()["torch.optim.lr_scheduler"] else [],
              [name] if name in names()["keras.optimizers"] else []]
             for name in optim.__all__ if inspect.isclass(getattr(optim, name))]
    second = [[[other], [meant]] for other, meant in sorted(aliases.FUNCTIONS.items()) if hasattr(mg, meant)]
    methods = [[[f"t.{name}"]] for name in sorted(aliases.METHODS)] + [[[f"t.{name}_"]] for name in sorted(aliases.IN_PLACE)]
    return "\n".join([
        HEAD, "## Functions\n", "| mg. | torch. | np. | keras.ops. |\n| --- | --- | --- | --- |", rows(functions), "",
        "## Layers and losses\n", "| mg.nn. | torch.nn. | keras.layers. |\n| --- | --- | --- |", rows(layers), "",
        "## Optimisers and schedules\n", "| mg.optim. | torch.optim. | keras.optimizers. |\n| --- | --- | --- |", rows(steps),
        "",
        "## Second names\n", "| PyTorch's | here |\n| --- | --- |", rows(second), "",
        "Methods of tensors that are PyTorch's alone: " + ", ".join(f"`{cell}`" for (cell,), in methods)
        + ". Those that end in `_` write in place, and only where no gradient is asked for.", ""])
