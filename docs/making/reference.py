"""The reference: a page for each family of operations, for nn, optim, data and the rest, written from the docstrings.

Everything public stands in it once. What has several names (`mg.clamp` is `mg.clip`) stands under the one it was given, the
others beside it. An entry of an operation also says what docs/conventions.md decides for it, and what docs/gradients.md says of
its fuzzing.
"""

from __future__ import annotations

import inspect
import re
from collections import defaultdict
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from docstrings import inline, rest
from entries import entry, takes
from families import FIRST, GROUPS, LAYERS, OPERATIONS, THEN
from folder import write
from truths import checked, decided

import minigrad as mg
from minigrad import ops

REFERENCE = Path(__file__).parents[1] / "reference"
INSIDE = {"differentiable_kernels"}         # public for the floors above, no user's
# what is no name of any module's that users import, and yet theirs
MORE = {"ops.index.updates.At": ops.At}
TITLES = {"minigrad.ops.operands.pairs": "Dtypes"}
LONG = 60           # characters of a heading
SPACES = ["", "linalg", "fft", "autograd", "functional", "nn", "nn.functional", "nn.init", "nn.utils", "nn.utils.rnn",
          "nn.utils.parametrize", "nn.utils.parametrizations", "optim", "optim.lr_scheduler", "data", "train", "viz", "testing",
          "piecewise", "scalar.nn", "kernels",
          "utils.data", "utils.vision", "data.transforms", "sklearn"]


def full(module: str) -> str:
    return f"minigrad.{module}" if module else "minigrad"


def names_of(space: str) -> list[str]:
    module = import_module(full(f"ops.{space}" if space in ("linalg", "fft") else space))
    if space:
        return sorted(module.__all__) if hasattr(module, "__all__") else []
    return sorted({*ops.__all__, *mg._LAZY, *(name for name in vars(mg) if name[0] != "_")} - INSIDE)


def things() -> dict[str, Any]:
    """{name as a user writes it behind mg.: function or class}, of everything public."""
    found: dict[str, Any] = dict(MORE)
    for space in SPACES:
        home = import_module(full(space)) if space not in ("linalg", "fft") else getattr(mg, space)
        for name in names_of(space):
            thing = getattr(home, name)
            if not isinstance(thing, ModuleType) and callable(thing) and thing.__module__.startswith("minigrad"):
                found[f"{space}.{name}".lstrip(".")] = thing
    return found


class Reference:
    """What is to be written: each thing once, on its page, with its second names."""

    def __init__(self) -> None:
        self.things = things()
        self.pages: dict[str, tuple[str, list[tuple[str, list[str]]]]] = {}     # page: (title, [(heading, names)])
        self.place: dict[int, str] = {}         # id of the thing itself: its one name
        self.kept: list[Any] = []               # what has ids in place: it must not go
        self.classes = {thing for thing in self.things.values() if inspect.isclass(thing)}
        for page, (title, sections) in FIRST.items():
            self._listed(page, title, sections)
        self._families(OPERATIONS, "minigrad.ops.", ["", "linalg", "fft"])
        for page, (title, sections) in THEN.items():
            if page not in LAYERS:
                self._listed(page, title, sections)
        self._families(LAYERS, "minigrad.nn.", ["nn"])
        self._rest()
        self.second: dict[str, list[str]] = defaultdict(list)       # the one name: the others
        for name in self.things:
            if name != self.name_of(name):
                self.second[self.name_of(name)].append(name)

    def name_of(self, name: str) -> str:
        """The one name of what has this one."""
        return self.place[id(inspect.unwrap(self.things[name]))]

    def _take(self, name: str) -> bool:
        """Whether its thing had no name yet; from now on this is it."""
        thing = inspect.unwrap(self.things[name])
        if id(thing) in self.place:
            return False
        self.kept.append(thing)
        self.place[id(thing)] = name
        return True

    def _listed(self, page: str, title: str, sections: Any) -> None:
        made = []
        for heading, module, names in sections:
            space = module.removeprefix("minigrad").lstrip(".")
            of_page = [f"{space}.{name}".lstrip(".") for name in names or names_of(space)]
            if page == "nn-functional":         # the others are mg's, under PyTorch's names
                of_page = [n for n in of_page if not (self.things[n].__doc__ or "").startswith("mg.")
                           or "under PyTorch's name" not in self.things[n].__doc__]
            made.append((heading, [name for name in of_page if name in self.things and self._take(name)]))
        self.pages[page] = title, made

    def _families(self, families: Any, prefix: str, spaces: list[str]) -> None:
        by_module: dict[str, list[str]] = defaultdict(list)
        for name, thing in self.things.items():
            space, _, short = name.rpartition(".")
            if space not in spaces or not inspect.unwrap(thing).__module__.startswith(prefix):
                continue
            one = getattr(thing, "__name__", short)
            if one != short and self.things.get(f"{space}.{one}".lstrip(".")) is not None:
                continue                # a second name
            if self._take(name):
                by_module[inspect.unwrap(thing).__module__.removeprefix(prefix)].append(name)
        for page, (title, modules) in families.items():
            self.pages[page] = title, [(heading(prefix + module), sorted(by_module.pop(module, []))) for module in modules]
        for module, names in by_module.items():
            page = f"{prefix.split('.')[1]}-{module.replace('.', '-')}"
            self.pages[page] = heading(prefix + module), [("", sorted(names))]

    def _rest(self) -> None:
        left = [name for name in self.things if self._take(name) and not name.startswith("nn.functional.")]
        if left:
            self.pages["more"] = "What else there is", [("", left)]

    def _stands(self, name: str) -> bool:
        return any(name in names for _, sections in self.pages.values() for _, names in sections)

    def arguments(self) -> set[str]:
        """What arguments are called: `index` in a sentence is rather one of those."""
        return {argument for thing in self.things.values() for argument in takes(thing)}

    def homes(self) -> dict[str, list[str]]:
        """{name without its module: the modules that have it}, networks' before others."""
        found: dict[str, list[str]] = defaultdict(list)
        for name in sorted(self.place.values(), key=lambda name: not name.startswith("nn.")):
            space, _, short = name.rpartition(".")
            found[short].append(full(space))
        for word in import_module("minigrad.types").__all__:
            found[word].append("minigrad.types")
        return found

    # ---- pages

    def page(self, page: str) -> str:
        title, sections = self.pages[page]
        lines = [title, "=" * len(title), ""]
        listed = [name for _, names in sections for name in names]
        if len(listed) > 1:
            ends = [name.rpartition(".")[2] for name in listed]
            twice = {end for end in ends if ends.count(end) > 1}
            links = " ".join(self.link(name, name.rpartition(".")[2] in twice) for name in sorted(listed, key=_alphabet))
            lines += [".. rst-class:: summary-of-names", "", links, ""]
        elsewhere = [name for name in self.things if name.startswith(f"{page}.") and "." not in name[len(page) + 1:]
                     and self.name_of(name) not in listed]
        if elsewhere and page in ("linalg", "optim"):
            links = " ".join(f":py:obj:`{name[len(page) + 1:]} <{full(self.name_of(name))}>`" for name in elsewhere)
            lines += [".. rst-class:: summary-of-names", "", f"mg.{page} has these, too: {links}", ""]
        for heading_, names in sections:
            if not names:
                continue
            if heading_ and len([1 for _, n in sections if n]) > 1:
                lines += [inline(heading_), "-" * (2 * len(heading_) + 8), ""]
            for name in sorted(names, key=_alphabet) if page not in ("nn", "tensors") else names:
                lines += self.entry(name)
        return "\n".join(lines)

    def link(self, name: str, whole: bool = False) -> str:
        kind = "class" if inspect.isclass(self.things[name]) else "func"
        text = f"mg.{name}" if whole else name.rpartition(".")[2]
        return f":py:{kind}:`{text} <{full(name)}>`"

    def entry(self, name: str) -> list[str]:
        space, _, short = name.rpartition(".")
        also = [f"mg.{second}" for second in self.second[name]]
        is_operation = inspect.unwrap(self.things[name]).__module__.startswith("minigrad.ops.")
        if is_operation and getattr(mg.Tensor, short, None) is not None and space == "":
            also.append(f"Tensor.{short}")
        facts = []
        if also:
            facts.append(("Also", [", ".join(f"``{one}``" for one in also)]))
        if decisions := decided(short):
            facts.append(("Decided", decisions))
        if is_operation and (words := checked(name)):
            facts.append(("Checked", words))
        return entry(full(space), short, self.things[name], facts, self.classes)

    def write(self, folder: Path = REFERENCE) -> None:
        pages = {page: self.page(page) + self._extra(page) for page in self.pages} | {"types": types(), "index": self.index()}
        write(folder, {folder / f"{page}.rst": text for page, text in pages.items()})

    def _extra(self, page: str) -> str:
        if page != "nn-functional":
            return ""
        rows = []
        for name in sorted(n for n in self.things if n.startswith("nn.functional.") and not self._stands(n)):
            short = name.rpartition(".")[2]
            thing = self.things[name]
            meant = re.match(r"mg\.([\w.]+) under PyTorch's name", thing.__doc__ or "")
            one = meant[1] if meant else self.name_of(name)
            rows.append(f"   * - ``{short}``\n     - :py:func:`mg.{one} <{full(one)}>`\n")
        return "\n".join(["", "Operations of mg under PyTorch's names", "-" * 40, "",
                          *rest("They take PyTorch's keywords, `input`, `weight`, `dim` ..., and PyTorch's order by position."),
                          ".. list-table::", "   :header-rows: 1", "", "   * - nn.functional", "     - is", *rows])

    def index(self) -> str:
        title = "Reference"
        lines = [title, "=" * len(title), "",
                 *rest("Every function and class that users call, once each, from its docstring. \"Decided\" is what "
                       "the conventions say at ties, zeros and other corners; \"Checked\" is what the fuzzing of every "
                       "operation looks at: see conventions and gradients. The search at the top of the side finds names."), ""]
        known = {page for pages in GROUPS.values() for page in pages}
        groups = {**GROUPS, "More": [page for page in self.pages if page not in known]}
        for caption, pages in groups.items():
            pages = [page for page in pages if page in self.pages or page == "types"]
            if not pages:
                continue
            lines += [caption, "-" * len(caption), "", ".. toctree::", "   :maxdepth: 1", ""]
            lines += [*(f"   {page}" for page in pages), ""]
        return "\n".join(lines)


def _alphabet(name: str) -> tuple[str, str]:
    return name.rpartition(".")[2].lower(), name


def heading(module: str) -> str:
    """What a module says it has: the first line of its docstring, up to the first stop, without what is in brackets."""
    if module in TITLES:
        return TITLES[module]
    first = (import_module(module).__doc__ or module.rpartition(".")[2]).split("\n")[0]
    first = re.split(r"[.:;] |[.:]$|, with |, as ", re.sub(r" \([^)]*\)?", "", first))[0].replace("`", "")
    return first if len(first) <= LONG else first.split(", ")[0]


def types() -> str:
    """The words of annotations, from minigrad/types.py."""
    text = (Path(mg.__file__).parent / "types.py").read_text(encoding="utf-8")
    lines = ["Words of annotations", "=" * 20, "", *rest(import_module("minigrad.types").__doc__ or ""), ".. list-table::", ""]
    for name, meaning, comment in re.findall(r"^(\w+): TypeAlias = (.+?)(?: +# (.+))?$", text, flags=re.M):
        lines += [f"   * - .. py:data:: {name}", "          :module: minigrad.types", "          :no-typesetting:", "",
                  f"       ``{name}``", f"     - ``{meaning.strip(chr(34))}``", f"     - {inline(comment)}"]
    return "\n".join(lines) + "\n"


def made(app: Any, config: Any) -> None:
    reference = Reference()
    reference.write()
    app.connect("env-before-read-docs", lambda app, env, names: _remember(env, reference))


def _remember(env: Any, reference: Reference) -> None:
    env.minigrad_arguments = reference.arguments()
    env.minigrad_names = reference.homes()
    env.minigrad_second_names = {second: one for one, others in reference.second.items() for second in others}


def setup(app: Any) -> dict[str, Any]:
    app.connect("config-inited", made)
    return {"parallel_read_safe": True, "version": "1"}
