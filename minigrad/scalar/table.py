"""The table whose kernels are the operations on Values: what rules are given for derivatives of derivatives. It brings Value
`Value.kernels` and, as methods, the functions of `rules/`.
"""

from minigrad import rules
from minigrad.scalar.numbers import NUMBERS, number
from minigrad.scalar.value import Value, binary, data_of, power, record, unary


class ValueKernels(rules.Calculus):
    """Values and numbers in, a Value out, which remembers how to differentiate."""

    memory = NUMBERS.memory

    def constant(self, name, like):
        return NUMBERS.constant(name, data_of(like))

    def power(self, a, b, out=None):
        return power(a, b)

    def where(self, condition, a, b, out=None):
        """Both branches are inputs, the condition is not: a choice that depends on numbers only."""
        parents = (None, *(x if isinstance(x, Value) else None for x in (a, b)))
        return record(NUMBERS.where(condition, data_of(a), data_of(b)), parents, (), rules.where, (), (condition,))


def _kernel(name, rule):
    if rule.inputs == 2:
        return lambda self, a, b, out=None: binary(name, a, b)
    return lambda self, a, out=None: unary(name, a)


def _constant(name):
    """Comparisons and sign: functions of the numbers, constants of the graph."""
    return lambda self, *args: getattr(NUMBERS, name)(*map(data_of, args))


def _method(name, rule):
    """The operation as a method of Value."""
    kernel = getattr(VALUES, name)

    def of_one(self):
        return kernel(self)

    def of_two(self, other):
        return kernel(self, other if isinstance(other, Value) else number(other))

    method = of_two if rule.inputs == 2 else of_one
    method.__name__, method.__qualname__, method.__doc__ = name, f"Value.{name}", rule.__doc__
    return method


def _method_with_arguments(name, rule):
    """A function of one number that has other arguments, as a method of Value."""
    kernel = getattr(NUMBERS, name)
    defaults = rule.__defaults__ or ()
    optional = dict(zip(rule.arguments[len(rule.arguments) - len(defaults):], defaults))

    def method(self, *given, **named):
        options = optional | dict(zip(rule.arguments, given)) | named
        if options.keys() != set(rule.arguments) or len(given) > len(rule.arguments):
            raise TypeError(f"[{name}] expected {', '.join(rule.arguments)}, found {', '.join(map(str, (*given, *named)))}")
        args = tuple([options[argument] for argument in rule.arguments])
        return record(kernel(self.data, *args), (self,), (self.data,), rule, rule.saves, args)

    method.__name__, method.__qualname__, method.__doc__ = name, f"Value.{name}", rule.__doc__
    return method


VALUES = ValueKernels()
for _name, _rule in rules.OPERATIONS.items():
    if _name not in vars(ValueKernels):
        setattr(ValueKernels, _name, _kernel(_name, _rule))
    if _name not in vars(Value) and not _name.startswith("pick_"):      # those are for rules
        setattr(Value, _name, _method(_name, _rule))
for _name, _rule in vars(rules).items():
    if getattr(_rule, "arguments", ()) and hasattr(_rule, "definition") and _name not in vars(Value):
        setattr(Value, _name, _method_with_arguments(_name, _rule))
for _name in ("greater", "less", "less_equal", "equal", "sign"):
    setattr(ValueKernels, _name, _constant(_name))
Value.kernels = VALUES
