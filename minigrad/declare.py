"""How an elementwise operation is declared in `rules/`, and what can be read from that."""

import math

# what k.constant gives beside floats; exact numbers have it as they are, so that these names are read by scalar/numbers.py, too
CONSTANTS = {"pi": math.pi, "sqrt pi": math.sqrt(math.pi), "sqrt 2": math.sqrt(2), "log 2": math.log(2), "log 10": math.log(10)}
SOURCES = {"a": 0, "b": 1, "y": -1}     # what a rule's parameters of these names save: the place of an input, or graph.OUT


class Declared:
    """Has the functions that are declared as texts over other kernels, as kernels themselves. A table with a better way, say a
    function of its own library, has a method of the same name.
    """

    def constant(self, name, like):
        """The number of that name in `CONSTANTS`, to stand beside `like`: of its kind, if that has more digits than a float."""
        return CONSTANTS[name]


def forward(definition, numeric=None):
    """Decorator of a rule: the function that it differentiates, as a text (k, a), (k, a, b) or (k, a, low, high).

    numeric: the same for numbers that have an order, round and overflow, where the definition would lose digits or the number's
    kind; symbols and complex numbers keep to the definition.
    """
    def declare(rule):
        rule.definition = definition
        setattr(Declared, rule.__name__, _kernel(rule.__name__, numeric or definition))
        return rule

    return declare


def _kernel(name, text):
    """The text as a method, for one, two or three operands: kernels have the same arguments on every table. (The native table's
    are made of text, `kernels/native.py`, since its kernels have arguments of every sort.)
    """

    def of_one(self, a, out=None):
        y = text(self, a)
        return y if out is None else self.copy(y, out=out)

    def of_two(self, a, b, out=None):
        y = text(self, a, b)
        return y if out is None else self.copy(y, out=out)

    def of_three(self, a, low, high, out=None):
        y = text(self, a, low, high)
        return y if out is None else self.copy(y, out=out)

    kernel = (of_one, of_two, of_three)[text.__code__.co_argcount - 2]
    kernel.__name__ = name
    return kernel


def beside_number(rule, either_side=False):
    """Decorator: this rule in place of `rule` where the second operand (either_side: or the first) is a Python number n."""
    def declare(of_number):
        rule.of_number, rule.either_side = of_number, either_side
        return of_number

    return declare


def _of_broadcast(rule):
    """The rule for operands that were broadcast: each gradient is summed back to its operand's shape."""

    def of_broadcast(k, g, need, *saved):
        *saved, a_shape, b_shape = saved
        ga, gb = rule(k, g, need, *saved)
        return (None if ga is None or not need[0] else k.sum_to(ga, a_shape),
                None if gb is None or not need[1] else k.sum_to(gb, b_shape))

    of_broadcast.__name__ = rule.__name__
    return of_broadcast


class _Nothing:
    """A table whose kernels give nothing: on it, a rule shows how many gradients it gives."""

    def __getattr__(self, name):
        return lambda *_: None


def declared(names):
    """Read what the rules among these names say -> {name: rule} of the operations that have no arguments but their inputs.

    rule.saves: what is kept for a rule, places of inputs or graph.OUT; rule.arguments: the names of those that are no inputs;
    rule.inputs: how many an operation has; of_number and
    of_broadcast: the rules in its place where an operand is a Python number (or None), and where shapes differ.
    """
    operations = {}
    for name, rule in names.items():            # a rule is a function (k, g, need, what is saved ..., other arguments ...)
        code = getattr(rule, "__code__", None)
        if code is None or code.co_varnames[:3] != ("k", "g", "need") or name.startswith("_"):
            continue
        others = code.co_varnames[3:code.co_argcount]
        rule.saves = tuple([SOURCES[other] for other in others if other in SOURCES])
        rule.arguments = [other for other in others if other not in SOURCES]
        if not hasattr(rule, "of_number"):
            rule.of_number, rule.either_side = None, False
        if not rule.arguments:
            rule.inputs = len(rule(_Nothing(), None, (False,) * 3, *others))
            rule.of_broadcast = _of_broadcast(rule)
            operations[name] = rule
    return operations
