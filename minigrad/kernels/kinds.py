"""What the kernels do that are no arithmetic. Who names fallbacks and who counts calls asks here; all others compute."""

# Nothing: they look, check, or lend.
NO_KERNELS = {"check_classes", "check_step", "checksum", "empty", "memory", "read_only", "start_of_backward"}
# They give a view, or the array itself, wherever they can.
VIEWS = {"asarray", "broadcast_to", "diagonal", "getitem", "reshape", "to_numpy", "transpose", "view_windows"}
# They fill, copy or look through memory as it is: numpy is as quick as a kernel would be.
PLAIN_MEMORY = {"all_finite", "assign", "full", "has_nan", "rows", "zeros"}

MOSTLY_VIEWS = VIEWS | {"pad", "sum_to"}        # these two give their array itself where there is nothing to do
