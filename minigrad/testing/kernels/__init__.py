"""Kernels of a device's table against those of the reference: `parity.check_kernel` over inputs drawn for each."""
