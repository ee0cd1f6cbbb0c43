"""Writes arrays as numpy, joblib and pickle write them, and says what is in each file."""

import pickle
import sys
from pathlib import Path

import expectations
import joblib
import ml_dtypes
import numpy as np

NAMES = {
    "float16": "F16",
    "float32": "F32",
    "float64": "F64",
    "bfloat16": "BF16",
    "int8": "I8",
    "int64": "I64",
    "uint16": "U16",
    "bool": "BOOL",
    "complex64": "C64",
}


def write(directory: Path) -> expectations.Expectations:
    """Write every file and return what is in it."""
    found: expectations.Expectations = {}
    arrays = {name: np.zeros((2, 3), np.dtype(name)) for name in NAMES if name != "bfloat16"}
    of_arrays = expectations.count((NAMES[name], 6) for name in arrays)

    np.savez(directory / "plain.npz", **arrays)
    np.savez_compressed(directory / "compressed.npz", **arrays)
    found["plain.npz"] = found["compressed.npz"] = of_arrays
    for name, array in arrays.items():
        for order in "<>":
            file = f"{name}-{'little' if order == '<' else 'big'}.npy"
            np.save(directory / file, array.astype(array.dtype.newbyteorder(order)))
            found[file] = expectations.count([(NAMES[name], 6)])
    for compression in (0, 3, "gzip", "bz2", "lzma", "xz"):
        file = f"{compression}.joblib"
        level = compression if isinstance(compression, int) else (compression, 3)
        joblib.dump(arrays, directory / file, compress=level)
        found[file] = of_arrays
    brain = np.zeros((4, 5), ml_dtypes.bfloat16)
    for protocol in range(6):
        file = f"protocol-{protocol}.pkl"
        (directory / file).write_bytes(pickle.dumps({**arrays, "b": brain}, protocol))
        found[file] = {**of_arrays, "BF16": (1, 20)}
    return found


if __name__ == "__main__":
    expectations.run(write, sys.argv[1])
