"""What Keras calls otherwise, and what it is called here. Its spellings of names that are here, too, need no line: Conv2D,
MultiHeadAttention, Nadam.
"""

LAYERS = {
    "BatchNormalization": "mg.nn.BatchNorm1d or mg.nn.BatchNorm2d, with preset='keras' for Keras's eps and momentum",
    "LayerNormalization": "mg.nn.LayerNorm", "GroupNormalization": "mg.nn.GroupNorm", "RMSNormalization": "mg.nn.RMSNorm",
    "UnitNormalization": "mg.nn.functional.normalize", "SpectralNormalization": "mg.nn.utils.parametrizations.spectral_norm",
    "SimpleRNN": "mg.nn.RNN", "SimpleRNNCell": "mg.nn.RNNCell", "StackedRNNCells": "mg.nn.LSTM with num_layers=",
    "Bidirectional": "bidirectional=True of mg.nn.RNN, mg.nn.LSTM and mg.nn.GRU",
    "Attention": "mg.scaled_dot_product_attention", "EinsumDense": "mg.einsum", "Resizing": "mg.interpolate",
    "Layer": "mg.nn.Module", "Lambda": "mg.nn.Module, with that function as its forward",
    "Input": "no such layer: others are told their sizes, or learn them from the first input, as mg.nn.LazyLinear",
    "InputLayer": "no such layer: others are told their sizes, or learn them from the first input, as mg.nn.LazyLinear",
    "Activation": "mg.nn.ReLU, mg.nn.Tanh and other layers of that name",
}
for n in (1, 2, 3):
    LAYERS |= {
        f"MaxPooling{n}D": f"mg.nn.MaxPool{n}d", f"AveragePooling{n}D": f"mg.nn.AvgPool{n}d",
        f"AdaptiveAveragePooling{n}D": f"mg.nn.AdaptiveAvgPool{n}d",
        f"AdaptiveMaxPooling{n}D": f"mg.nn.AdaptiveMaxPool{n}d",
        f"GlobalAveragePooling{n}D": "mg.nn.GlobalAvgPool", f"GlobalAvgPool{n}D": "mg.nn.GlobalAvgPool",
        f"GlobalMaxPooling{n}D": "mg.nn.GlobalMaxPool", f"GlobalMaxPool{n}D": "mg.nn.GlobalMaxPool",
        f"Convolution{n}D": f"mg.nn.Conv{n}d", f"Conv{n}DTranspose": f"mg.nn.ConvTranspose{n}d",
        f"Convolution{n}DTranspose": f"mg.nn.ConvTranspose{n}d", f"SpatialDropout{n}D": f"mg.nn.Dropout{n}d",
        f"UpSampling{n}D": "mg.nn.Upsample",
        f"ZeroPadding{n}D": f"mg.nn.ZeroPad{n}d" if n < 3 else "mg.nn.functional.pad",
        f"Cropping{n}D": "mg.nn.functional.pad, with widths below 0",
    }
    if n < 3:
        apart = f"mg.nn.Conv{n}d with groups=in_channels"
        LAYERS |= {f"DepthwiseConv{n}D": apart,
                   **{f"Separable{word}{n}D": f"{apart}, and a mg.nn.Conv{n}d of size 1" for word in ("Conv", "Convolution")}}

LOSSES = {
    "SparseCategoricalCrossentropy": "mg.nn.CrossEntropyLoss, of logits",
    "CategoricalCrossentropy": "mg.nn.CrossEntropyLoss, of logits",
    "BinaryCrossentropy": "mg.nn.BCELoss, or mg.nn.BCEWithLogitsLoss of logits",
    "MeanSquaredError": "mg.nn.MSELoss", "MeanAbsoluteError": "mg.nn.L1Loss", "Huber": "mg.nn.HuberLoss",
    "KLDivergence": "mg.nn.KLDivLoss", "Poisson": "mg.nn.PoissonNLLLoss", "CTC": "mg.nn.CTCLoss", "Hinge": "mg.nn.HingeLoss",
    "SquaredHinge": "mg.nn.SquaredHingeLoss", "CategoricalHinge": "mg.nn.CrammerSingerLoss",
    "sparse_categorical_crossentropy": "mg.cross_entropy, of logits",
    "categorical_crossentropy": "mg.cross_entropy, of logits",
    "binary_crossentropy": "mg.binary_cross_entropy, or mg.binary_cross_entropy_with_logits",
    "mean_squared_error": "mg.mse", "mean_absolute_error": "mg.l1_loss", "huber": "mg.huber_loss", "kl_divergence": "mg.kl_div",
    "poisson": "mg.poisson_nll_loss", "ctc": "mg.ctc_loss", "hinge": "mg.hinge_loss", "squared_hinge": "mg.squared_hinge_loss",
    "categorical_hinge": "mg.crammer_singer_loss",
}

SCHEDULES = {
    "schedules": "mg.optim.ExponentialLR, mg.optim.CosineAnnealingLR and others there",
    "LearningRateSchedule": "mg.optim.LRScheduler", "ExponentialDecay": "mg.optim.ExponentialLR",
    "PolynomialDecay": "mg.optim.PolynomialLR", "PiecewiseConstantDecay": "mg.optim.MultiStepLR",
    "CosineDecay": "mg.optim.CosineAnnealingLR", "CosineDecayRestarts": "mg.optim.CosineAnnealingWarmRestarts",
}

INITIALIZERS = {
    **{name: f"mg.nn.init.kaiming_{kind}_(t, nonlinearity={function!r})" for kind in ("normal", "uniform")
       for who, function in (("He", "relu"), ("Lecun", "linear"))
       for name in (f"{who}{kind.title()}", f"{who.lower()}_{kind}")},
    "RandomNormal": "mg.nn.init.normal_", "random_normal": "mg.nn.init.normal_",
    "RandomUniform": "mg.nn.init.uniform_", "random_uniform": "mg.nn.init.uniform_",
    "TruncatedNormal": "mg.nn.init.trunc_normal_", "truncated_normal": "mg.nn.init.trunc_normal_",
    "Identity": "mg.nn.init.eye_", "identity": "mg.nn.init.eye_",
}

# keras's module: its names
SPACES = {"layers": LAYERS, "losses": LOSSES, "optimizers": SCHEDULES, "initializers": INITIALIZERS}
# a module here: what its users may look for
NAMES = {"minigrad.nn": LAYERS | LOSSES, "minigrad": LAYERS | LOSSES, "minigrad.optim": SCHEDULES,
         "minigrad.optim.lr_scheduler": SCHEDULES, "minigrad.nn.init": INITIALIZERS}
