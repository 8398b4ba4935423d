"""The steps of a derivation, in formulae: what to look at again.

delta is the gradient of the loss in what a layer gives, as it arrives on the way back; z what goes into an activation.
"""

# What an activation does to delta, by the operation's name.
DERIVATIVES = {
    "relu": "delta_z = delta_a * 1[z > 0]", "maximum": "delta_z = delta_a * 1[z > 0]",
    "sigmoid": "delta_z = delta_a * a (1 - a), with a = sigmoid(z)", "tanh": "delta_z = delta_a * (1 - a^2), with a = tanh(z)",
    "leaky_relu": "delta_z = delta_a * (1 where z >= 0, else the slope)", "elu": "delta_z = delta_a * elu'(z)",
    "selu": "delta_z = delta_a * selu'(z)", "gelu": "delta_z = delta_a * gelu'(z)", "silu": "delta_z = delta_a * silu'(z)",
    "softplus": "delta_z = delta_a * sigmoid(z)", "exp": "d exp(z) = exp(z) dz", "log": "d log(z) = dz / z",
    "sin": "d sin(z) = cos(z) dz", "cos": "d cos(z) = -sin(z) dz",
    "softmax": "delta_z = p * (delta_p - sum(delta_p * p)): every p depends on every z",
    "log_softmax": "delta_z = delta - p * sum(delta)",
    "square": "d (f - y)^2 = 2 (f - y) df", "power_of_constant": "d (f - y)^2 = 2 (f - y) df",
}
MASKS = "relu", "maximum"

# What each of the simple mistakes of `explain_mismatch` makes wrong.
SIMPLE = {
    "sign": "the sign of the residual: delta = prediction - target at the output, for a loss that is to fall",
    "twice": "the constant in front of the loss, and whether gradients of an earlier call were added up",
    "half": "the derivative of a square: d (f - y)^2 = 2 (f - y) df",
    "missing 1/N": "the mean over the N samples in the loss: every gradient carries its 1/N",
    "1/N too much": "the sum over the samples: what is added up in the loss is not divided by N",
    "factor": "the constants in front of the loss",
    "transposed": "the outer product: dL/dW has W's shape, and dL/dW_ij = delta_i x_j for z = W x",
    "not summed": "db = the sum of delta over all samples: b was added to each of them",
    "not averaged": "db = the mean of delta over all samples",
    "wrong axis": "which axis the samples lie along: db is summed over that one",
    "summed": "the shape: a gradient has the shape of what it is the gradient of",
    "mean": "the shape: a gradient has the shape of what it is the gradient of",
    "one example": "the sum over the samples, of which all count",
    "reshaped": "the shape: a gradient has the shape of what it is the gradient of",
    "zero": "whether this gradient is computed, and written where it is returned from",
    "missing mask": "delta_z = delta_a * 1[z > 0]: nothing passes a unit that was off",
    "masked": "where the masks stand: one for each relu, none elsewhere",
    "some rows": "the loop over the rows or samples: all of them are to be added up",
    "flipped": "dL/dw of a cross-correlation is one again, of the inputs with delta: nothing is flipped",
    "not finite": "divisions and logarithms: the softmax of large numbers is computed after taking off their maximum",
}
GENERAL = "the chain rule, step by step from the loss on: compare delta at each layer"


def simple_step(name: str) -> str:
    """The step to look at again after the mistake of this name ("transposed, sign": both)."""
    return "; ".join(dict.fromkeys(SIMPLE.get(part, GENERAL) for part in name.split(", ")))
