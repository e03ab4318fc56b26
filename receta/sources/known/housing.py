"""How is a table of house prices read, out of the file that Keras keeps?"""

from __future__ import annotations

import os
import zipfile

import numpy as np

from receta.core import naming, outside
from receta.core.errors import InputError
from receta.data.table import Column, Table
from receta.sources.blocks import npz_members

# The columns of districts in California, before scikit-learn divides them by households.
CALIFORNIA = (
    "MedInc",
    "HouseAge",
    "AveRooms",
    "AveBedrms",
    "Population",
    "AveOccup",
    "Latitude",
    "Longitude",
)
SPLIT_SEED, TEST_SHARE = 113, 0.2  # defaults of keras.datasets.california_housing.load_data


def read_housing(file: str, title: str, name: str, columns: tuple[str, ...], target: str) -> Table:
    """A table of numbers, divided into train and test exactly as Keras divides it.

    name: that it was asked for by.
    """
    with (
        outside.reading(
            file,
            f"Keras's {os.path.basename(file)} with x and y",
            "Delete it and it is downloaded again.",
        ),
        zipfile.ZipFile(file) as archive,
    ):
        members = npz_members.members_of(file, archive)
        x, y = (np.asarray(members[key].values(archive), np.float64) for key in ("x", "y"))
    if (
        x.ndim != 2
        or x.shape[1] != len(columns)
        or y.shape != (len(x),)
        or not len(x)
        or not np.isfinite(y).all()
    ):
        raise InputError(
            f"{file} has x of shape {x.shape} and y of shape {y.shape}; expected {len(columns)} "
            "columns and a finite "
            f"value a row. Delete it and it is downloaded again."
        )
    if name.endswith(":small"):
        x, y = x[:600], y[:600]
    # The legacy generator, since the part that Keras calls test is drawn by it.
    order = np.random.RandomState(SPLIT_SEED).permutation(len(x))
    parts = np.full(len(x), "test", "U5")
    parts[order[: int(len(x) * (1 - TEST_SHARE))]] = "train"
    return Table(
        title,
        [
            Column(column, "number", np.ascontiguousarray(x[:, at]))
            for at, column in enumerate(columns)
        ],
        y,
        task="values",
        target_name=target,
        ids=[f"row-{row}" for row in range(len(x))],
        parts=parts.tolist(),
        version=naming.file_stamp([file], "keras_data", 1, name),
    )
