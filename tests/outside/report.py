"""docs/outside.md, made from what the suites gave."""

from collections import defaultdict

# why an entry does not pass, told apart by a word of what it said
GROUPS = {
    "tensors without axes have no axis 0, and some axes may not be empty": (
        "does not exist", "is empty", "no places", "too many indices"),
    "arguments that are not served": ("unexpected keyword", "NotImplementedError", "must be a number >= 0", "multiple values"),
    "numpy's rule holds where PyTorch has another": (
        "float results", "L.linspace(5, -5", "no error where", "shape (1, 2, 1",
        "shape (1, 1, 5", "shape (2, 1, 1, 5", "the result has none"),
    "not here": ("is not here", "are not here", "AttributeError", "no differentiable form", "numpy's array comes back"),
    "outside the domain, where one of the two gradients is NaN and the other is not": ("nan location",),
}
# entries whose call in torch_table.py does not fit every sample: what they show is the table's lack, not minigrad's
CALLS_THAT_DO_NOT_FIT = ("norm", "norm.fro", "norm.inf", "tensor_split", "sgn", "nonzero", "linalg.vander", "dist",
                         "nn.functional.batch_norm", "linalg.lstsq", "linalg.lstsq.grad_oriented", "linalg.vector_norm",
                         "atleast_1d", "atleast_2d", "atleast_3d", "logsumexp")

HEAD = """\
# The tests of others

Written by `python -m tests.outside`. The cases are adapted: what is called on which shapes is theirs, the numbers and the
comparison are ours (`tests/outside/`). A case passes if every one of its calls does, values and gradients.

| suite | cases | pass | |
| --- | --- | --- | --- |
"""


def group(why, name=""):
    """The heading that a reason stands under."""
    if name in CALLS_THAT_DO_NOT_FIT:
        return "not settled: the call in tests/outside/torch_table.py does not fit every sample"
    return next((heading for heading, words in GROUPS.items() if any(word in why for word in words)), "other differences")


def figures(name, outcomes):
    """One row of the table."""
    tried = [outcome for outcome in outcomes if outcome.kind == "tried"]
    good = sum(not outcome.why for outcome in tried)
    apart = len(outcomes) - len(tried)
    passed = sum(not outcome.why for outcome in outcomes if outcome.kind == "complex")
    kinds = {outcome.kind for outcome in outcomes} - {"tried"}
    more = "" if not apart else f"{apart} not tried" if "not tried" in kinds else f"{passed} of {apart} about complex internals"
    return f"| {name} | {len(tried)} | {good} ({100 * good / max(len(tried), 1):.1f} %) | {more} |"


def rest(name, outcomes):
    """What does not pass, and why; then what was not tried."""
    found = defaultdict(list)
    for outcome in outcomes:
        if outcome.why and outcome.kind != "not tried":
            found[group(outcome.why, outcome.name)].append(f"- `{outcome.name}`: {outcome.why}")
    parts = [f"## {name}: what does not pass\n"] + [f"{heading}:\n\n" + "\n".join(lines) + "\n" for heading, lines in
                                                    sorted(found.items())]
    apart = defaultdict(list)
    for outcome in outcomes:
        if outcome.kind == "not tried":
            apart[outcome.why.partition(":")[0]].append(f"`{outcome.name}`")
    if apart:
        parts += [f"Not tried, {why}: {', '.join(names)}.\n" for why, names in sorted(apart.items())]
    return "\n".join(parts)


def text(suites):
    """The page, of {suite: outcomes}."""
    rows = "\n".join(figures(name, outcomes) for name, outcomes in suites.items())
    return HEAD + rows + "\n\n" + "\n".join(rest(name, outcomes) for name, outcomes in suites.items())
