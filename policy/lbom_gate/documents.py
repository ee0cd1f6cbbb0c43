"""Reads a document whole, from the disk or from elsewhere, whatever stands under its name."""

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

# Takes the absolute path of a file and how many bytes are wanted at the most; returns at most one
# more, so that too long is told from just long enough; raises `OSError`.
ReadFile = Callable[[Path, int], bytes]


def read(file: Path, most: int) -> bytes:
    """Return the bytes of a regular file on the disk, at most one more than `most`.

    Raises `OSError`.
    """
    # A FIFO that nobody writes to is opened without waiting, and then refused.
    descriptor = os.open(file, _READ_ONLY)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        with os.fdopen(descriptor, "rb", closefd=False) as document:
            return document.read(most + 1)
    finally:
        os.close(descriptor)


_READ_ONLY = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
