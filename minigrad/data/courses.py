"""Two small sets of two classes from university courses.

face_emotion: distances measured in 128 images of faces, happy or mad. Course CS/ECE/ME 532, University of Wisconsin-Madison.
apm598: 200 points of the plane. Course APM 598, Introduction to Deep Learning, Arizona State University, homework 2.

Neither states a licence, so minigrad holds no copy and downloads none: whoever takes such a course has the file.
"""

import os

import numpy as np

from minigrad.data.dataset import Dataset
from minigrad.data.fetch import Collection, DataFile, find_or_fetch
from minigrad.data.matlab import read_mat

WHY = "no licence is stated for it, so minigrad neither brings nor downloads it; it is from "

FACE_EMOTION = Collection("face-emotion", (), (
    DataFile("face_emotion_data.mat", 9193, "b9e1a148244c18af8855d9654b1b9fde5b585eef15776dd481913bdb43f3ce08"),
), by_hand=WHY + "CS/ECE/ME 532, University of Wisconsin-Madison")

APM598 = Collection("apm598", (), (
    DataFile("data_HW2_ex1.csv", 10589, "0da438dad9101f86c1660b0f8a32cd0834e241ebdafd54ce022ee272155f4cf2"),
), by_hand=WHY + "homework 2 of APM 598, Arizona State University")


def face_emotion(root: str | os.PathLike[str] | None = None, device: str | None = None) -> Dataset:
    """128 faces, each nine distances between points of it: x float32 (128, 9), label 1 where happy (69), 0 where mad (59).

    Looked for as face-emotion/face_emotion_data.mat under `root`, the folder in MINIGRAD_DATA, and the user cache. device: that
    of the Dataset. DataUnavailable when it is in none of them (the message says where to put it), ValueError when the file is
    another one.
    """
    path, = find_or_fetch(FACE_EMOTION, root)
    found = read_mat(path, ("X", "y"))
    return Dataset(found["X"].astype(np.float32), (found["y"].ravel() > 0).astype(np.int64), "face-emotion", ("mad", "happy"),
                   device)


def apm598(root: str | os.PathLike[str] | None = None, device: str | None = None) -> Dataset:
    """200 points: x float32 (200, 2), labels 0 and 1, 100 each; the file calls the classes 1 and 2.

    Looked for as apm598/data_HW2_ex1.csv in the places of `face_emotion`, with the same errors.
    """
    path, = find_or_fetch(APM598, root)
    table = np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2)        # x1, x2, class
    return Dataset(table[:, :2].astype(np.float32), table[:, 2].astype(np.int64) - 1, "apm598", ("class 1", "class 2"), device)
