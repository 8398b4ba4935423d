"""Code in a sentence that names something of the reference leads there: `mg.cross_entropy(...)`, `nn.Linear`, `optim.Adam`.

So the guide needs no links of Sphinx's own, which a reader of the repository could not follow.
"""

import re

from docutils import nodes
from sphinx import addnodes
from sphinx.util.nodes import make_refnode

SPACES = "nn|optim|data|train|viz|testing|piecewise|linalg|fft|kernels|sklearn"
ATTRIBUTES = {"grad", "data", "take", "shape", "use", "load", "save"}     # by themselves these are rather attributes, or words
NAME = re.compile(rf"(?:(?:minigrad|mg)\.([\w.]+?)|((?:{SPACES})\.[\w.]+?))(?:\(.*\))?", re.S)
BARE = re.compile(r"\w+")


def _targets(env):
    """{name without minigrad: (page, anchor)}, of everything in the reference, second names too."""
    found = {}
    for name, entry in env.get_domain("py").objects.items():
        if name.startswith("minigrad."):
            found[name.removeprefix("minigrad.")] = entry.docname, entry.node_id
    for second, first in getattr(env, "minigrad_second_names", {}).items():
        if first in found:
            found.setdefault(second, found[first])
    return found


def cross(app, doctree, docname):
    known = getattr(app.env, "minigrad_targets", None)
    if known is None:
        known = app.env.minigrad_targets = _targets(app.env)
    inside = docname.startswith("reference/")
    arguments = app.env.minigrad_arguments if inside else ()
    for literal in list(doctree.findall(nodes.literal)):
        if any(isinstance(p, (nodes.reference, nodes.title)) for p in _parents(literal)):
            continue
        text = literal.astext()
        match = NAME.fullmatch(text)
        name = match and (match[1] or match[2])
        if not name and inside and BARE.fullmatch(text) and text not in arguments:
            own = [f"{s['module'].removeprefix('minigrad').lstrip('.')}.{s['fullname'].split('.')[0]}.{text}".lstrip(".")
                   for s in _signatures(literal) if s.get("fullname")]
            name = next((one for one in own if one in known), text if text not in ATTRIBUTES else None)
        if name in known:
            page, anchor = known[name]
            if not any(p.get("ids") and anchor in p["ids"] for p in _signatures(literal)):
                literal.replace_self(make_refnode(app.builder, docname, page, anchor, literal.deepcopy()))


def whole_names(app, doctree):
    """Words of annotations by their whole names, where several modules have one of that name; and mg for minigrad."""
    names = app.env.minigrad_names
    for xref in doctree.findall(addnodes.pending_xref):
        if xref.get("refdomain") == "py" and "." not in xref["reftarget"]:
            homes = names.get(xref["reftarget"], [])
            if homes:
                home = xref.get("py:module") if xref.get("py:module") in homes else homes[0]
                xref["reftarget"] = f"{home}.{xref['reftarget']}"
    for prefix in doctree.findall(addnodes.desc_addname):
        text = prefix.astext()
        if text.startswith("minigrad."):
            prefix.children = [nodes.Text("mg" + text.removeprefix("minigrad"))]


def _parents(node):
    while node.parent is not None:
        node = node.parent
        yield node


def _signatures(node):
    """The entries of the reference that a node stands in."""
    for parent in _parents(node):
        if parent.tagname == "desc":
            yield parent[0]


def setup(app):
    app.connect("doctree-read", whole_names)
    app.connect("doctree-resolved", cross)
    return {"parallel_read_safe": True, "version": "1"}
