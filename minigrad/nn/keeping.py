"""What of a module is kept: its state dict, and what copies and pickles take."""

from typing import Any, NamedTuple

import numpy as np

from minigrad.graph import Variable
from minigrad.nn.computed import declare
from minigrad.nn.containers import held, joined
from minigrad.nn.parameter import Buffer, Parameter, read, write


class IncompatibleKeys(NamedTuple):
    """What load_state_dict(strict=False) left alone: names of the module's, and names of the state's."""

    missing_keys: list[str]
    unexpected_keys: list[str]


class Kept:
    """A part of Module. State dicts are PyTorch's: the same names, shapes and layouts, in both directions."""

    def state_dict(self, *, destination: dict[str, Any] | None = None, prefix: str = "") -> dict[str, np.ndarray]:
        """{path: a copy as a numpy array in C order} of every parameter and buffer; names and layouts are PyTorch's.

        prefix: stands before every name ("model." with its dot). destination: a dict that all of it is put into, and that is
        returned.
        """
        if not isinstance(prefix, str):
            raise TypeError(f"[state_dict] prefix must be a string, found {prefix!r}")
        state = {} if destination is None else destination
        state.update((prefix + name, read(t)) for name, t in self._by_name().items())
        return state

    def load_state_dict(self, state: dict[str, Any], strict: bool = True) -> IncompatibleKeys:
        """Copy arrays (numpy's, Tensors or PyTorch's) into the parameters and buffers of the same names.

        Values are cast to the dtype that is here. Raises one ValueError that lists every missing name and unexpected
        name (both unless strict=False), wrong shape and wrong kind of number, before anything is written.
        """
        own = self._by_name()
        missing = [name for name in own if name not in state]
        unexpected = [name for name in state if name not in own]
        arrays = {name: _as_numpy(state[name]) for name in own if name in state}
        problems = []
        if strict:
            problems += [f"missing: {name} {own[name].shape}" for name in missing]
            problems += [f"unexpected: {name} {tuple(np.shape(_as_numpy(state[name])))}" for name in unexpected]
        for name, a in arrays.items():
            if a.shape != own[name].shape and not own[name].takes_any_shape:
                problems.append(f"shape: {name} is {own[name].shape} here, found {a.shape}")
            elif not np.can_cast(a.dtype, own[name].dtype, "same_kind"):
                problems.append(f"dtype: {name} is {own[name].dtype} here, found {a.dtype}")
        if problems:
            raise ValueError(f"[load_state_dict] the state does not fit this {type(self).__name__}; nothing was loaded:\n  "
                             + "\n  ".join(problems) + _prefix(missing, unexpected))
        for name, a in arrays.items():
            if own[name].takes_any_shape:
                own[name].materialize(a.shape)
            write(own[name], a)
        return IncompatibleKeys(missing, unexpected)

    def _by_name(self):
        """{path: tensor} of every parameter and persistent buffer. ValueError where two of them have one name."""
        own: dict[str, Any] = {}
        for path, module in self._tree(""):
            for name, t in module._members():
                if not isinstance(t, (Parameter, Buffer)) or name in module._transient:
                    continue
                name = joined(path, name)
                if own.setdefault(name, t) is not t:
                    raise ValueError(f"[{type(self).__name__}] two tensors are called {name}, so one would be lost: rename an "
                                     "attribute or a dict's key (1 and '1' are one name, and so are 'a.b' and b in a)")
        return own

    def __getstate__(self):
        """What copy and pickle take. RuntimeError that names an attribute here or below if it keeps part of a graph."""
        for path, module in self.named_modules():
            for name, value in vars(module).items():
                for where, t in held(module, name, value, Variable, strict=False):
                    if not t.is_leaf:
                        raise RuntimeError(f"[copy] {joined(path, where)} of this {type(self).__name__} was made by "
                                           f"{t.node.name}, and only leaves can be copied or pickled: keep its .detach(), "
                                           "or set the attribute to None first")
        return super().__getstate__()

    def __setstate__(self, state):
        vars(self).update(state)
        for name in state.get("parametrizations", ()):
            declare(type(self), name)


def _as_numpy(value):
    if isinstance(value, Variable):
        return value.k.to_numpy(value.data)
    if not isinstance(value, np.ndarray) and hasattr(value, "detach"):      # PyTorch's, from wherever it lies
        value = value.detach().cpu()
        if str(value.dtype) == "torch.bfloat16":                            # which numpy does not know
            value = value.float()
    return np.asarray(value)


def _prefix(missing, unexpected):
    """What to do where the state has every missing name, but with one word before it."""
    words = {name.partition(".")[0] for name in unexpected}
    if len(words) == 1 and missing and unexpected:
        word = f"{words.pop()}."
        if {name.removeprefix(word) for name in unexpected} == set(missing):
            return (f"\nits names begin with {word!r} (a wrapper's, such as DataParallel's): give "
                    f"{{name.removeprefix({word!r}): a for name, a in state.items()}}")
    return ""
