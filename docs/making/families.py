"""What the reference has pages of, and in which order.

A function or class belongs to the module that defines it; one whose module stands on no page here gets a page by itself, at the
end: a new family cannot be forgotten.
"""

# page: (title, [modules under minigrad.ops])
OPERATIONS = {
    "arithmetic": ("Arithmetic and comparisons", ["elementwise.arithmetic", "compare", "logic"]),
    "functions": ("Exponentials, logarithms, trigonometry", ["elementwise.functions", "elementwise.trigonometry"]),
    "activations": ("Activations and softmax", ["elementwise.activation", "gates", "softmax"]),
    "choosing": ("Choosing and rounding", ["elementwise.choosing", "elementwise.steps"]),
    "reductions": ("Sums, means, extremes, statistics", ["reduce", "statistics", "differences"]),
    "scans": ("Scans and sorting", ["scan", "sort"]),
    "creation": ("Making tensors", ["create", "spaced", "sampling"]),
    "shapes": ("Shapes and dtypes", ["shape.arranging", "shape.turning", "shape.joining", "shape.cutting", "shape.repeating",
                                     "shape.padding", "shape.diagonals", "operands.pairs"]),
    "indices": ("Indices and writing", ["index.picking", "index.along", "index.masks", "index.writing", "index.updates",
                                        "index.editing"]),
    "products": ("Products", ["matmul", "products", "einsum"]),
    "linalg": ("Linear algebra: mg.linalg", ["linalg.systems", "linalg.factors", "linalg.spectra", "linalg.inverses",
                                             "linalg.norms", "linalg.powers"]),
    "fft": ("Fourier transforms: mg.fft", ["fft"]),
    "complex-numbers": ("Complex numbers", ["complex"]),
    "convolution": ("Convolution, pooling, pixels", ["conv", "conv_axes", "pool", "pool_axes", "adaptive", "resample", "pixels",
                                                     "shape.windows", "windows"]),
    "normalisation": ("Normalisation and dropout", ["norm", "group_norm", "dropout"]),
    "sequences": ("Attention, embedding, recurrence", ["attention", "embedding", "recurrent"]),
    "losses": ("Losses", ["loss.classes", "loss.errors", "loss.likelihoods", "loss.margins", "loss.pairs", "loss.sequences"]),
}

# page: (title, [modules under minigrad.nn])
LAYERS = {
    "nn-layers": ("Layers: linear, activations, dropout", ["linear", "bilinear", "embedding", "activation", "dropout", "shape",
                                                           "lazy"]),
    "nn-images": ("Layers: images, normalisation", ["conv", "pool", "adaptive", "norm", "layer_norm", "image"]),
    "nn-sequences": ("Layers: recurrence, attention", ["recurrent", "attention", "transformer"]),
    "nn-losses": ("Layers: losses", ["loss.classes", "loss.values"]),
}

# page: (title, [(heading, module, its names; None: its __all__)]); what stood on a page before is left out
FIRST = {
    "tensors": ("Tensors and numbers", [
        ("Tensor", "minigrad", ["Tensor"]),
        ("Tensors of what there is", "minigrad", ["tensor", "as_tensor", "asarray", "from_numpy", "from_dlpack"]),
        ("The default dtype", "minigrad", ["get_default_dtype", "set_default_dtype"]),
        ("a.at[i]", "minigrad.ops.index.updates", ["At"]),
        ("Value", "minigrad", ["Value"]),
        ("micrograd's networks", "minigrad.scalar.nn", None)]),
    "modes": ("Modes, chance, threads, devices", [
        ("Modes", "minigrad", ["no_grad", "enable_grad", "set_grad_enabled", "is_grad_enabled", "anomaly_mode"]),
        ("Random numbers", "minigrad", ["manual_seed", "Generator"]),
        ("Threads, memory, time", "minigrad", ["num_threads", "set_num_threads", "empty_cache", "profile"]),
        ("Devices", "minigrad.kernels", None)]),
    "derivatives": ("Derivatives of functions, operations of your own", [
        ("Derivatives", "minigrad", ["grad", "value_and_grad", "vjp", "jvp", "jacobian", "hessian", "hvp"]),
        ("Operations of your own", "minigrad", ["Function", "custom_function", "once_differentiable"]),
        ("PyTorch's autograd", "minigrad.autograd", None)]),
}
THEN = {
    "nn": ("Modules, files, tables", [
        ("Modules", "minigrad.nn", ["Module", "Parameter", "Buffer", "Sequential", "ModuleList", "ModuleDict", "ParameterList",
                                    "ParameterDict"]),
        ("Files of tensors", "minigrad", ["save", "load"]),
        ("Files of networks, tables of layers", "minigrad.nn", ["save", "load", "write_arrays", "read_arrays", "summary",
                                                                "Summary"])]),
    **LAYERS,
    "nn-functional": ("nn.functional", [("Functions with arguments of their own", "minigrad.nn.functional", None)]),
    "nn-init": ("nn.init and nn.utils", [
        ("Initial values", "minigrad.nn.init", None),
        ("Parameters as a vector", "minigrad.nn.utils", ["parameters_to_vector", "vector_to_parameters"]),
        ("Parametrizations", "minigrad.nn.utils.parametrize", None),
        ("Weight and spectral norm", "minigrad.nn.utils.parametrizations", None),
        ("Padded sequences", "minigrad.nn.utils.rnn", None)]),
    "schedules": ("Schedules", [("Schedules of the learning rate", "minigrad.optim.lr_scheduler", None)]),
    "optim": ("Optimisers", [("Optimisers, clipping, means of weights", "minigrad.optim", None)]),
    "data": ("Data", [("Data sets and batches", "minigrad.data", None)]),
    "transforms": ("Transforms", [("Changes to batches of images", "minigrad.data.transforms", None)]),
    "utils": ("PyTorch's data sets and loaders", [("torch.utils.data", "minigrad.utils.data", None),
                                                  ("torchvision", "minigrad.utils.vision", None)]),
    "train": ("Training", [("The loop, callbacks, checkpoints", "minigrad.train", None)]),
    "sklearn": ("Estimators of scikit-learn", [("Estimators", "minigrad.sklearn", None)]),
    "viz": ("Pictures and explanations", [("Pictures", "minigrad.viz", None)]),
    "testing": ("Testing", [("Checks", "minigrad.testing", None)]),
    "piecewise": ("Piecewise linear networks", [("Exact ReLU networks", "minigrad.piecewise", None)]),
}

# the order in the table of contents
GROUPS = {"Tensors and operations": [*FIRST, *OPERATIONS, "types"], "Networks": list(THEN)}

# what a row of conventions.md calls operations otherwise than by their names
PHRASES = {
    "adaptive pooling": "adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool2d "
                        "adaptive_max_pool3d",
    "max_unpool": "max_unpool1d max_unpool2d max_unpool3d",
    "max-pool": "max_pool1d max_pool2d max_pool3d adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d MaxPool1d "
                "MaxPool2d MaxPool3d",
    "average pooling": "avg_pool1d avg_pool2d avg_pool3d AvgPool1d AvgPool2d AvgPool3d",
    "sorting": "sort argsort topk",
    "norms of nothing": "norm vector_norm matrix_norm",
    "norm'(0)": "norm vector_norm matrix_norm",
    "a ** b": "power",
    "infinite logits": "softmax log_softmax",
    "an index with repeats": "getitem take take_along_axis gather",
    "`a.at[i]": "At",
    "interpolation": "interpolate Upsample",
    "a query that may look at no key": "scaled_dot_product_attention",
    "masks of attention": "MultiheadAttention",
    "singular values of 0": "svd svdvals matrix_norm",
    "coinciding singular values or eigenvalues": "svd svdvals eigh eigvalsh",
    "convolution": "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d Conv1d Conv2d Conv3d",
    "a weight that is infinite or NaN": "conv2d",
    "layer, group, instance norm": "layer_norm group_norm instance_norm LayerNorm GroupNorm InstanceNorm1d InstanceNorm2d "
                                   "InstanceNorm3d",
    "batch norm": "batch_norm BatchNorm1d BatchNorm2d BatchNorm3d",
    "kaiming's": "kaiming_normal_ kaiming_uniform_",
    "a lazy layer": "LazyLinear UninitializedParameter",
    "cross-entropy targets": "cross_entropy CrossEntropyLoss",
    "a class of -100": "cross_entropy nll_loss CrossEntropyLoss NLLLoss",
    "class weights": "cross_entropy nll_loss multi_margin_loss",
    "hinges": "hinge_loss squared_hinge_loss hinge_embedding_loss margin_ranking_loss multi_margin_loss crammer_singer_loss "
              "weston_watkins_loss triplet_margin_loss",
    "axis 0 or -1 of a tensor without axes": "take repeat squeeze cumsum",
}
# names that are words of English, too: of these only `code` and f'(0) are taken for the operation
WORDS = set("all any average complex cross full gradient negative norm real take where zeros".split())
