"""What PyTorch's users import beside torch itself, under the names that they know, over what is here.

    data       data.py       torch.utils.data: Dataset, DataLoader, TensorDataset, Subset, random_split
    vision     vision.py     torchvision: datasets by their names, ToTensor
    cuda, accelerator   devices.py   is there a device that is none of the host's?
"""

from minigrad.utils import data, vision

__all__ = ["data", "vision"]
