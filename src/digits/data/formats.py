"""The formats that labelled digits come in, and go out in again. Pure file I/O: no sources, no names, no network.

    idx.py          IDX, MNIST's own, gzipped or not
    kaggle_csv.py   CSV, as Kaggle's digit-recognizer has it and as others write it; columns.py says what a column is
    folder.py       a folder of pictures, a sub-folder per digit; picture.py reads one, picture_list.py a CSV of them
    npz.py          NumPy's npz and npy; arrays.py makes images and labels of arrays
    mat.py          MATLAB's .mat
    parquet.py      Parquet

Every reader raises a DataError of one line that names the file; every writer leaves the whole file or none.
"""

from collections.abc import Callable
from pathlib import Path

from digits.data.dataset import Dataset
from digits.data.folder import read_folder, write_folder
from digits.data.idx import read_idx, write_idx
from digits.data.kaggle_csv import csv_has_labels, read_csv, write_csv
from digits.data.npz import npz_splits, read_npz, write_arrays, write_npz

WRITERS: dict[str, Callable[[Dataset, Path], None]] = {
    "idx": write_idx,
    "csv": write_csv,
    "folder": write_folder,
    "npz": write_npz,
}
"""What a Dataset can be written as, by the name that the command line knows."""

__all__ = [
    "WRITERS",
    "csv_has_labels",
    "npz_splits",
    "read_csv",
    "read_folder",
    "read_idx",
    "read_npz",
    "write_arrays",
    "write_csv",
    "write_folder",
    "write_idx",
    "write_npz",
]
